import { join } from 'node:path';
import { schemaName } from '#hub-file';
import { createDatabase, dropDatabase, ScratchHub, type ServerAddresses } from '#hub-runner';
import { Database } from '#store-postgres';
import type { EntityStatus } from '#contracts';
import { ROOT } from '../stack.js';
import { openByteCounter, type ByteCounter } from './byte-counter.js';
import {
  createStore,
  fillMirror,
  fillStore,
  insertMarker,
  plantDrift,
  settleStore,
  SHOP,
  type Drift,
} from './stores.js';

/** Both stores, filled, and a running hub whose mirror knows the first while its system holds the second. */
export interface Arena {
  readonly hub: ScratchHub;
  /** What the mirror knows, as a table: for the floor and for the peer. */
  readonly known: Database;
  /** The system's store, with the drift. */
  readonly shop: Database;
  /** Bytes between the hub and both stores so far. */
  bytes(): number;
  close(): Promise<void>;
}

const CONNECTOR = 'connector-shop' as const;
const LOAD_TIMEOUT_MS = 30 * 60_000;

/** What is built. */
export interface ArenaOptions {
  /** Products of the known store. */
  readonly count: number;
  readonly drift: Drift;
  /** Where the hub's processes write CPU profiles; none without it. */
  readonly profileFolder?: string;
}

/** Builds the arena. The known products lie in the hub's database, in schema public. */
export async function openArena(
  servers: ServerAddresses,
  { count, drift, profileFolder }: ArenaOptions,
): Promise<Arena> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const line = await openByteCounter(servers.DATABASE_URL);
    closers.push(() => line.close());
    const shopUrl = await createDatabase(servers.DATABASE_URL, `bench_shop_${process.pid}_${Date.now()}`);
    closers.push(() => dropDatabase(servers.DATABASE_URL, shopUrl));
    const hub = await ScratchHub.create({
      root: ROOT,
      folder: join(ROOT, '.plumbline/bench'),
      servers: { ...servers, DATABASE_URL: line.url },
      systems: SHOP,
      environment: { BENCH_URL: viaLine(line, shopUrl) },
      logLevel: 'warn',
      ...(profileFolder !== undefined && { nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] }),
    });
    closers.push(() => hub.drop());
    const known = await connect(directly(servers, hub.databaseUrl), 'public', closers);
    const shop = await connect(shopUrl, 'public', closers);
    await startHub(hub, shop);
    const mirror = await connect(directly(servers, hub.databaseUrl), schemaName(hub.file, CONNECTOR), closers);
    await Promise.all([fillKnown(known, mirror, count), fillShop(shop, count, drift)]);
    return { hub, known, shop, bytes: () => line.bytes(), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The cursor must stand behind everything that is loaded afterwards: the marker is the only change that it sees. */
async function startHub(hub: ScratchHub, shop: Database): Promise<void> {
  await createStore(shop);
  await insertMarker(shop);
  await Promise.all([hub.processes.start(CONNECTOR), hub.processes.start('reconciler')]);
  for (;;) {
    const { entities } = await hub.processes.call<{ entities: readonly EntityStatus[] }>(CONNECTOR, '/status');
    if (entities[0]?.live === 1) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function fillKnown(known: Database, mirror: Database, count: number): Promise<void> {
  await createStore(known);
  await insertMarker(known);
  await fillStore(known, count);
  await settleStore(known, 'product');
  await fillMirror(mirror, count);
  await settleStore(mirror, 'mirror');
}

async function fillShop(shop: Database, count: number, drift: Drift): Promise<void> {
  await fillStore(shop, count);
  await plantDrift(shop, count, drift);
  await settleStore(shop, 'product');
}

async function connect(url: string, schema: string, closers: (() => Promise<unknown>)[]): Promise<Database> {
  const options = { url, schema, applicationName: 'bench', poolSize: 2, statementTimeoutMs: LOAD_TIMEOUT_MS };
  const database = await Database.connect(options, []);
  closers.push(() => database.close());
  return database;
}

function viaLine(line: ByteCounter, url: string): string {
  return onServerOf(line.url, url);
}

function directly(servers: ServerAddresses, url: string): string {
  return onServerOf(servers.DATABASE_URL, url);
}

/** A database's address on another server. */
function onServerOf(serverUrl: string, databaseUrl: string): string {
  const url = new URL(serverUrl);
  url.pathname = new URL(databaseUrl).pathname;
  return url.href;
}
