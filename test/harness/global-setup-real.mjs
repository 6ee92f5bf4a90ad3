// Jest's global set-up for tests on real systems: the servers, and the systems whose tests are asked for.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/**
 * Puts the addresses of servers and systems into the environment. Only the systems named in REAL_SYSTEMS (all by default)
 * are started; one whose address is given is not.
 */
export default function provideSystems() {
  const systems = process.env.REAL_SYSTEMS ?? 'all';
  const launcher = join(import.meta.dirname, '../../stack/stack.mjs');
  const { status, stdout } = spawnSync(
    process.execPath,
    [launcher, 'up', '--yes', '--json', ...(systems === '' ? [] : ['--systems', systems])],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  if (status !== 0) throw new Error('The systems did not start; what to do is printed above.');
  Object.assign(process.env, JSON.parse(stdout));
}
