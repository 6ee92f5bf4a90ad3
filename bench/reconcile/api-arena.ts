import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { schemaName } from '#hub-file';
import { createDatabase, dropDatabase, ScratchHub, type ServerAddresses } from '#hub-runner';
import type { Database } from '#store-postgres';
import { ROOT } from '../stack.js';
import type { ApiCalls } from './api-server.js';
import { API_SHOP, fillApiMirror, OBSERVATION } from './api-stores.js';
import type { ArenaOptions } from './arena.js';
import { closeAll, connect, CONNECTOR, profiling, startHub, type Closers } from './bench-hub.js';
import {
  createStore,
  fillStore,
  insertMarker,
  plantDrift,
  readPlanted,
  settleStore,
  type Drift,
  type Planted,
} from './stores.js';

/** Every product of the bench has all fields. */
const COMPLETE_MARKER = `UPDATE product SET name_en = 'Mark', description_de = 'Größe "1"', description_en = 'Size', brand = 'B',
  category = 'C', unit = 'C62', weight_g = 12.5, tax_class = 'full'`;

/** A shop behind its API, with drift, and a running hub whose mirror knows it without. */
export interface ApiArena {
  readonly hub: ScratchHub;
  planted(): Promise<readonly Planted[]>;
  /** What was asked of the API so far. */
  calls(): Promise<ApiCalls>;
  close(): Promise<void>;
}

/** Builds the arena. */
export async function openApiArena(
  servers: ServerAddresses,
  { count, drift, profileFolder }: ArenaOptions,
): Promise<ApiArena> {
  const closers: Closers = [];
  const close = (): Promise<void> => closeAll(closers);
  try {
    const shopUrl = await createDatabase(servers.DATABASE_URL, `bench_api_${process.pid}_${Date.now()}`);
    closers.push(() => dropDatabase(servers.DATABASE_URL, shopUrl));
    const shop = await connect(shopUrl, 'public', closers);
    await createStore(shop);
    await insertMarker(shop);
    await shop.query(COMPLETE_MARKER);
    const host = await startApi(shopUrl, closers);
    const hub = await ScratchHub.create({
      ...{ root: ROOT, folder: join(ROOT, '.plumbline/bench'), servers, systems: API_SHOP, logLevel: 'info' },
      environment: { BENCH_HOST: host },
      ...profiling(profileFolder),
    });
    closers.push(() => hub.drop());
    // the cursor must stand behind everything that is loaded afterwards: the marker is the only change that it sees
    await startHub(hub, 1);
    await fill(hub, shop, { count, drift }, closers);
    const calls = async (): Promise<ApiCalls> => (await fetch(`http://${host}/calls`)).json() as Promise<ApiCalls>;
    return { hub, planted: () => readPlanted(shop), calls, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function startApi(url: string, closers: Closers): Promise<string> {
  const child = fork(join(import.meta.dirname, 'api-server.js'), [url]);
  closers.push(() => child.kill());
  const [{ port }] = (await once(child, 'message')) as [{ readonly port: number }];
  return `127.0.0.1:${port}`;
}

/** The known products lie in the hub's database for as long as the mirror is filled. */
async function fill(
  hub: ScratchHub,
  shop: Database,
  { count, drift }: { readonly count: number; readonly drift: Drift },
  closers: Closers,
): Promise<void> {
  const known = await connect(hub.databaseUrl, 'public', closers);
  const mirror = await connect(hub.databaseUrl, schemaName(hub.file, CONNECTOR), closers);
  await createStore(known);
  await known.query('INSERT INTO product SELECT * FROM jsonb_populate_recordset(NULL::product, $1::jsonb)', [
    JSON.stringify(await shop.query('SELECT * FROM product')),
  ]);
  await checkText(mirror);
  await fillStore(known, count);
  await fillApiMirror(mirror, count);
  await settleStore(mirror, 'mirror');
  await fillStore(shop, count);
  await plantDrift(shop, count, drift);
  await shop.query('CREATE INDEX product_updated ON product (updated_at, sku)');
  await settleStore(shop, 'product');
}

/** The mirror is filled by SQL: it must be what the hub itself stored of the marker. */
async function checkText(mirror: Database): Promise<void> {
  const [row] = await mirror.query<{ ours: string; theirs: string }>(
    `SELECT m.observation AS ours, ${OBSERVATION} AS theirs FROM mirror AS m JOIN public.product AS p ON p.sku = m.external_id`,
  );
  if (row?.ours !== row?.theirs) throw new Error(`The mirror would be filled wrongly: ${JSON.stringify(row)}`);
}
