import { describe } from '@jest/globals';
import { testChangeRules } from './conformance/change-rules.js';
import type { ConformanceTarget } from './conformance/driver.js';
import { testReadRules } from './conformance/read-rules.js';
import { testSafetyRules } from './conformance/safety-rules.js';
import { systemsOf } from './conformance/with-system.js';
import { testWriteRules } from './conformance/write-rules.js';

export {
  SUITE_FIELDS,
  SuiteClock,
  type ConformanceTarget,
  type SuiteRecord,
  type SystemDriver,
} from './conformance/driver.js';

/** Declares the conformance suite for a connector; every test is named by the rule that it holds. */
export function testConnector(target: ConformanceTarget): void {
  const withSystem = systemsOf(target);
  describe(`conformance of ${target.name}`, () => {
    describe('reading', () => testReadRules(target, withSystem));
    describe('changes', () => testChangeRules(target, withSystem));
    describe('writing', () => testWriteRules(target, withSystem));
    describe('safety', () => testSafetyRules(target, withSystem));
  });
}
