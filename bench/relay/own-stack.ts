import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ServerAddresses } from '#hub-runner';
import { ROOT, serverPid, STACK_FOLDER, startServers } from '../stack.js';

/** The servers of one bench: Kafka and the rest as for every bench, PostgreSQL and the peer of its own. */
export interface OwnStack {
  readonly servers: ServerAddresses;
  /** Base of Kafka Connect's HTTP API; only with the peer. */
  readonly debeziumUrl: string | null;
  pidOf(server: 'postgres' | 'debezium'): number;
  /** Stops what is the bench's own and deletes its data; downloads are kept. */
  drop(): Promise<void>;
}

/**
 * Starts a PostgreSQL of the bench's own, whose WAL can be decoded and which nobody else writes to, and the peer beside
 * it. Both are run by the stack's launcher in a folder of their own.
 */
export async function startOwnStack(withDebezium: boolean): Promise<OwnStack> {
  const { DATABASE_URL: _shared, ...given } = await startServers();
  const folder = join(ROOT, '.plumbline/bench/relay-stack');
  const environment = {
    ...process.env,
    ...given,
    DATABASE_URL: '',
    PLUMBLINE_STACK_DIR: folder,
    PLUMBLINE_CACHE_DIR: process.env['PLUMBLINE_CACHE_DIR'] ?? join(STACK_FOLDER, 'cache'),
  };
  const launch = (...args: string[]): Promise<{ stdout: string }> =>
    promisify(execFile)(process.execPath, [join(ROOT, 'stack/stack.mjs'), ...args], { env: environment });
  const systems = withDebezium ? ['--systems', 'debezium'] : [];
  const { stdout } = await launch('up', '--yes', '--json', ...systems);
  const { DEBEZIUM_URL = null, ...servers } = JSON.parse(stdout) as ServerAddresses & { DEBEZIUM_URL?: string };
  return {
    servers,
    debeziumUrl: DEBEZIUM_URL,
    pidOf: (server) => serverPid(server, folder),
    drop: async () => void (await launch('reset', '--yes')),
  };
}
