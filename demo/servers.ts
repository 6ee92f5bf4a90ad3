import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { ServerAddresses } from '#hub-runner';
import type { RealAddresses } from './real/real-stores.js';

/** Kafka, registry, PostgreSQL and Valkey for the demo. */
export interface Servers {
  readonly addresses: ServerAddresses & Partial<RealAddresses>;
  /** Stops them, unless they ran before. */
  stop(): Promise<void>;
}

/** Starts what does not run; its own progress is shown. @param systems real test systems, started too
 * @throws Error when the stack could not be started */
export async function startServers(root: string, systems: readonly string[] = []): Promise<Servers> {
  const ranBefore = (await runStack(root, ['status', '--json'], 'ignore')).code === 0;
  const { code, stdout } = await runStack(root, ['up', '--yes', '--json', '--systems', systems.join(',')], 'inherit');
  if (code !== 0) throw new Error('The servers did not start; what to do is printed above.');
  const stop = async (): Promise<void> => {
    if (!ranBefore) await runStack(root, ['down'], 'inherit');
  };
  return { addresses: JSON.parse(stdout) as Servers['addresses'], stop };
}

function runStack(
  root: string,
  args: readonly string[],
  stderr: 'ignore' | 'inherit',
): Promise<{ readonly code: number | null; readonly stdout: string }> {
  const child = spawn(process.execPath, [join(root, 'stack/stack.mjs'), ...args], {
    stdio: ['ignore', 'pipe', stderr],
  });
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout }));
  });
}
