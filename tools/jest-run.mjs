// How the tools start jest, and what they read from its report.

/** Jest's program, relative to the root. */
export const jestProgram = 'node_modules/jest/bin/jest.js';

/** Jest runs ES modules only with this flag; its warning says nothing new. */
export const jestEnvironment = { NODE_OPTIONS: '--experimental-vm-modules --disable-warning=ExperimentalWarning' };

/**
 * Passed, failed and skipped tests of a jest report. A file that could not run at all, and a run that ended badly
 * without saying why, each count as one failed test: nothing that went wrong may add up to "0 failed". Pure.
 */
export function countTests(report, exitCode) {
  const { numPassedTests = 0, numFailedTests = 0, numRuntimeErrorTestSuites = 0, numPendingTests = 0 } = report ?? {};
  const known = numFailedTests + numRuntimeErrorTestSuites;
  return {
    passed: numPassedTests,
    failed: known === 0 && exitCode !== 0 ? 1 : known,
    skipped: numPendingTests,
  };
}

/** The sum of several counts. Pure. */
export function addCounts(counts) {
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}
