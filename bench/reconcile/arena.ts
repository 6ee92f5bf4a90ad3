import { join } from 'node:path';
import { schemaName } from '#hub-file';
import { createDatabase, dropDatabase, ScratchHub, type ServerAddresses } from '#hub-runner';
import type { Database } from '#store-postgres';
import { ROOT } from '../stack.js';
import { closeAll, connect, CONNECTOR, profiling, startHub, type Closers } from './bench-hub.js';
import { openByteCounter, type ByteCounter } from './byte-counter.js';
import {
  createStore,
  fillMirror,
  fillStore,
  insertMarker,
  plantDrift,
  readPlanted,
  settleStore,
  SHOP,
  type Drift,
  type Planted,
} from './stores.js';

/** Both stores, filled, and a running hub whose mirror knows the first while its system holds the second. */
export interface Arena {
  readonly hub: ScratchHub;
  /** What the mirror knows, as a table: for the floor and for the peer. */
  readonly known: Database;
  /** The system's store, with the drift. */
  readonly shop: Database;
  planted(): Promise<readonly Planted[]>;
  /** Bytes between the hub and both stores so far. */
  bytes(): number;
  close(): Promise<void>;
}

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
  const closers: Closers = [];
  const close = (): Promise<void> => closeAll(closers);
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
      ...profiling(profileFolder),
    });
    closers.push(() => hub.drop());
    const known = await connect(directly(servers, hub.databaseUrl), 'public', closers);
    const shop = await connect(shopUrl, 'public', closers);
    // the cursor must stand behind everything that is loaded afterwards: the marker is the only change that it sees
    await createStore(shop);
    await insertMarker(shop);
    await startHub(hub, 1);
    const mirror = await connect(directly(servers, hub.databaseUrl), schemaName(hub.file, CONNECTOR), closers);
    await Promise.all([fillKnown(known, mirror, count), fillShop(shop, count, drift)]);
    return { hub, known, shop, planted: () => readPlanted(shop), bytes: () => line.bytes(), close };
  } catch (error) {
    await close();
    throw error;
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
