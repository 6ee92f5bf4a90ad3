// Jest's global set-up for tests that need servers: uses the addresses given, else brings the native stack up.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const VARIABLES = ['KAFKA_BROKERS', 'REGISTRY_URL', 'DATABASE_URL', 'REDIS_URL'];

/** Puts the address of every server into the environment, which jest's workers inherit. */
export default function provideServers() {
  if (VARIABLES.every((variable) => process.env[variable])) return;
  const launcher = join(import.meta.dirname, '../../stack/stack.mjs');
  // The stack prints its progress to stderr, and nothing but the addresses to stdout.
  const { status, stdout } = spawnSync(process.execPath, [launcher, 'up', '--yes', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error('The servers did not start; what to do is printed above.');
  Object.assign(process.env, JSON.parse(stdout));
}
