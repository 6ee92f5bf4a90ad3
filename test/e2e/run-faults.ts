import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../faults/servers.js';

/** Specs run at the same time in workers of jest, each in a folder of its own. */
const FOLDER = join(ROOT, `.plumbline/faults/e2e-${process.env['JEST_WORKER_ID'] ?? 'alone'}`);

/** Runs `npm run faults` to its end. @returns its last line; a verdict other than valid is no error here */
export async function runFaults(args: readonly string[]): Promise<Record<string, unknown>> {
  const program = join(ROOT, 'dist/test/faults/main.js');
  const options = { timeout: 580_000, env: { ...process.env, PLUMBLINE_FAULTS_DIR: FOLDER } };
  const stdout = await promisify(execFile)(process.execPath, [program, ...args], options).then(
    (ended) => ended.stdout,
    (error: unknown) => {
      const { stdout: printed } = error as { readonly stdout?: string };
      if (printed) return printed;
      throw error;
    },
  );
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
}
