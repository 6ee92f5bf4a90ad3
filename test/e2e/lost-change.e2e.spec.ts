import { describe, expect, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../faults/servers.js';

/** Exit code 1 means a verdict other than valid: its line is what the test shows. */
async function runFaults(args: readonly string[]): Promise<string> {
  const program = join(ROOT, 'dist/test/faults/main.js');
  try {
    return (await promisify(execFile)(process.execPath, [program, ...args], { timeout: 280_000 })).stdout;
  } catch (error) {
    const { stdout } = error as { readonly stdout?: string };
    if (stdout) return stdout;
    throw error;
  }
}

describe('no lost change', () => {
  test('an import with edits arrives whole although every process is killed', async () => {
    const stdout = await runFaults(['--kill-each', '--rounds', '1', '--products', '200', '--json']);
    const result = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
    expect(result).toMatchObject({
      verdict: 'valid',
      findings: [],
      counts: { kills: 4, doubled_writes: 0, unequal_rows: 0 },
    });
  }, 300_000);
});
