import { describe, expect, test } from '@jest/globals';
import { runFaults } from './run-faults.js';

describe('no lost change', () => {
  test('an import with edits arrives whole although every process is killed', async () => {
    const result = await runFaults(['--kill-each', '--rounds', '1', '--products', '200', '--json']);
    expect(result).toMatchObject({
      verdict: 'valid',
      findings: [],
      counts: { kills: 4, doubled_writes: 0, unequal_rows: 0 },
    });
  }, 600_000);
});
