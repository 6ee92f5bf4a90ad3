import { describe, test } from '@jest/globals';
import { addChangeRules } from './conformance/change-rules.js';
import type { ConformanceTarget } from './conformance/driver.js';
import { addFaultRules } from './conformance/fault-rules.js';
import { addReadRules } from './conformance/read-rules.js';
import { RuleList, type Rule, type RuleGroup } from './conformance/rule.js';
import { addSafetyRules } from './conformance/safety-rules.js';
import { systemsOf } from './conformance/with-system.js';
import { addWriteRules } from './conformance/write-rules.js';

export { SuiteClock, type ConformanceTarget, type SystemDriver } from './conformance/driver.js';
export type { Aim, FaultyLine, HttpAnswer } from './conformance/faults.js';
export { AWKWARD_KEYS, AWKWARD_TEXTS, productShape } from './conformance/product-shape.js';
export type { Rule } from './conformance/rule.js';
export type { SuiteRecord, SuiteShape } from './conformance/shape.js';

const GROUPS = {
  reading: addReadRules,
  changes: addChangeRules,
  writing: addWriteRules,
  safety: addSafetyRules,
  faults: addFaultRules,
} as const;

/** Declares the conformance suite for a connector; every test is named by the rule that it holds. */
export function testConnector(target: ConformanceTarget): void {
  describe(`conformance of ${target.name}`, () => {
    for (const { title, rules } of groupsOf(target))
      describe(title, () => {
        for (const { name, lack, run } of rules) {
          if (lack === null) test(name, run);
          // A rule for what this target does not claim: listed in the report with its reason, so that nobody takes it for held.
          else if (isReporting()) test.skip(`${name} (not applicable: ${lack})`, run);
        }
      });
  });
}

/** Every rule of the suite, to be run without jest's `test`: a planted bug must break the one that is named for it. */
export function rulesOf(target: ConformanceTarget): readonly Rule[] {
  return groupsOf(target).flatMap(({ rules }) => rules);
}

/** Every rule of the suite for a target, also those that do not apply to it. */
function groupsOf(target: ConformanceTarget): RuleGroup[] {
  const withSystem = systemsOf(target);
  return Object.entries(GROUPS).map(([title, add]) => {
    const list = new RuleList();
    add(target, withSystem, list);
    return { title, rules: list.rules };
  });
}

/** `npm run conformance` also wants to know what was not asked; elsewhere such rules are simply not there. */
function isReporting(): boolean {
  return (globalThis as { readonly conformanceReport?: boolean }).conformanceReport === true;
}
