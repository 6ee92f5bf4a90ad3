import { describe, expect, test } from '@jest/globals';

import { addCounts, countTests } from './jest-run.mjs';

describe('countTests', () => {
  test('takes the figures of the report', () => {
    const report = { numPassedTests: 5, numFailedTests: 2, numRuntimeErrorTestSuites: 0, numPendingTests: 1 };
    expect(countTests(report, 1)).toEqual({ passed: 5, failed: 2, skipped: 1 });
  });

  test('counts a file that could not run as a failed test', () => {
    const report = { numPassedTests: 5, numFailedTests: 0, numRuntimeErrorTestSuites: 1, numPendingTests: 0 };
    expect(countTests(report, 1).failed).toBe(1);
  });

  test('counts a run without a report, or one that fails without saying why, as a failed test', () => {
    expect(countTests(null, 1).failed).toBe(1);
    expect(countTests({ numPassedTests: 5 }, 130)).toEqual({ passed: 5, failed: 1, skipped: 0 });
  });
});

test('addCounts adds each figure', () => {
  const one = { passed: 1, failed: 2, skipped: 3 };
  expect(addCounts([one, one])).toEqual({ passed: 2, failed: 4, skipped: 6 });
});
