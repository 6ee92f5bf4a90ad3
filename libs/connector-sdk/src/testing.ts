import { describe } from '@jest/globals';
import { testChangeRules } from './conformance/change-rules.js';
import type { ConformanceTarget } from './conformance/driver.js';
import { testReadRules } from './conformance/read-rules.js';
import { testSafetyRules } from './conformance/safety-rules.js';
import { systemsOf } from './conformance/with-system.js';
import { testWriteRules } from './conformance/write-rules.js';

export { SuiteClock, type ConformanceTarget, type SystemDriver } from './conformance/driver.js';
export { AWKWARD_KEYS, AWKWARD_TEXTS, productShape } from './conformance/product-shape.js';
export type { SuiteRecord, SuiteShape } from './conformance/shape.js';

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
