import { connect } from 'node:net';
import { registryAuthorizationOf } from '#config';
import { topicsOf, type HubSystem } from '#hub-file';
import { HubError } from '#kernel';
import { withTopics } from './brokers.js';
import type { CliContext } from './context.js';
import { connectorName } from '#hub-client';
import { grouped } from './text.js';

/** One thing that `doctor` looks at. `run` answers what it found, or throws a HubError. */
export interface Probe {
  readonly name: string;
  run(): Promise<string>;
}

/** What `doctor` found out about one thing. */
export interface Finding {
  readonly name: string;
  readonly state: 'ok' | 'down' | 'wrong';
  readonly message: string;
  readonly hint: string | null;
}

const OLDEST_NODE = [20, 19] as const;
const MAX_SKEW_MS = 2000;
const TIMEOUT_MS = 5000;

/** Everything that the hub needs, in the order in which to repair it. */
export function findServerProbes(context: CliContext): readonly Probe[] {
  return [
    { name: 'node', run: () => Promise.resolve(checkNode(process.versions.node)) },
    { name: 'hub file', run: () => Promise.resolve(`${context.hubFilePath}, ${context.hub.systems.length} systems`) },
    { name: 'kafka', run: () => checkKafka(context) },
    { name: 'registry', run: () => checkRegistry(context) },
    { name: 'postgresql and clock', run: () => checkDatabase(context) },
    { name: 'valkey or redis', run: () => checkRedis(context.server('REDIS_URL')) },
    { name: 'golden', run: () => context.services.goldenStatus().then((status) => `${status.openHolds} open holds`) },
    { name: 'reconciler', run: () => context.services.rounds(1).then(() => 'answers') },
    ...findSystems(context).map(({ id }) => ({
      name: connectorName(id),
      run: () => context.services.systemStatus(id).then(({ state, mode }) => `${state}, ${mode}`),
    })),
  ];
}

/** No system where the hub file is wrong: its own probe tells why. */
function findSystems(context: CliContext): readonly HubSystem[] {
  try {
    return context.hub.systems;
  } catch (error) {
    if (error instanceof HubError) return [];
    throw error;
  }
}

function checkNode(version: string): string {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  if (isOld)
    throw new HubError(
      'HUB_CONFIG_INVALID',
      `Node ${version} is too old; ${OLDEST_NODE.join('.')} or newer is needed.`,
    );
  return version;
}

function checkKafka(context: CliContext): Promise<string> {
  return withTopics(context, async (topics) => {
    const wanted = topicsOf(context.hub);
    const { missing } = await topics.plan(wanted);
    return missing.length === 0
      ? `${wanted.length} topics`
      : `${missing.length} of ${wanted.length} topics missing: \`plumbline apply\``;
  });
}

async function checkRegistry(context: CliContext): Promise<string> {
  const url = context.server('REGISTRY_URL');
  const authorization = registryAuthorizationOf(context.config)?.();
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}/subjects`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: authorization === undefined ? {} : { authorization },
    });
    if (!response.ok) throw new HubError('HUB_REGISTRY_UNREACHABLE', `The registry answered HTTP ${response.status}.`);
    return `${grouped(((await response.json()) as unknown[]).length)} subjects`;
  } catch (error) {
    if (error instanceof HubError) throw error;
    throw new HubError('HUB_REGISTRY_UNREACHABLE', 'The schema registry did not answer.', {}, { cause: error });
  }
}

async function checkDatabase(context: CliContext): Promise<string> {
  const { Database } = await import('#store-postgres');
  const options = {
    url: context.server('DATABASE_URL'),
    schema: 'public',
    applicationName: 'plumbline doctor',
    poolSize: 1,
  };
  const database = await Database.connect(options, []);
  try {
    const sentMs = context.clock.nowMs();
    const [row] = await database.query<{ version: string; now_ms: string }>(
      "SELECT current_setting('server_version') AS version, extract(epoch FROM clock_timestamp()) * 1000 AS now_ms",
    );
    const skewMs = Math.round(Number(row?.now_ms) - (sentMs + context.clock.nowMs()) / 2);
    if (Math.abs(skewMs) > MAX_SKEW_MS)
      throw new HubError(
        'HUB_CONFIG_INVALID',
        `The clocks of this machine and PostgreSQL differ by ${grouped(skewMs)} ms: correct them (NTP).`,
      );
    return `${row?.version ?? ''}, clocks within ${Math.abs(skewMs)} ms`;
  } finally {
    await database.close();
  }
}

/** A PING over the bare socket: `doctor` needs no more, and any answer of the protocol shows that the server is there. */
function checkRedis(url: string): Promise<string> {
  const { hostname, port, protocol } = new URL(url);
  if (protocol === 'rediss:') return Promise.resolve('not checked (TLS)');
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new HubError('HUB_QUEUE_UNREACHABLE', `Valkey or Redis: ${why}.`));
    const socket = connect({ host: hostname, port: Number(port || 6379), timeout: TIMEOUT_MS });
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (answer) => {
      socket.destroy();
      if (/^[+-]/.test(answer.toString())) resolve('answers');
      else fail('what answers is no Valkey or Redis');
    });
    socket.once('timeout', () => socket.destroy(new Error('no answer')));
    socket.once('error', (error) => fail(error.message));
  });
}
