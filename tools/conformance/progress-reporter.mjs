// Jest's reporter of a conformance run: a line per case on stderr as it ends, so that a long run is seen to move.
const NOT_APPLICABLE = ' (not applicable: ';
const MARKS = { passed: '✓', failed: '✗' };

export default class ProgressReporter {
  system = '';

  onTestCaseResult(_test, { ancestorTitles: [system = ''], title, status, duration }) {
    const mark = MARKS[status];
    if (mark === undefined || title.includes(NOT_APPLICABLE)) return;
    if (system !== this.system) console.error(`\n${system}`);
    this.system = system;
    console.error(`  ${mark} ${title} (${((duration ?? 0) / 1000).toFixed(1)} s)`);
  }

  onTestFileResult(_test, { testExecError, testFilePath }) {
    if (testExecError) console.error(`✗ ${testFilePath} could not run: ${testExecError.message ?? testExecError}`);
  }

  getLastError() {}
}
