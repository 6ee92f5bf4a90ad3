import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SystemStatus } from '#contracts';
import { createDatabase, dropDatabase, ScratchHub, type ServerAddresses } from '#hub-runner';
import { Database } from '#store-postgres';
import { ROOT } from '../stack.js';
import { KafkaLag } from './kafka-lag.js';
import { WRITERS } from './live-writes.js';
import { countBehind, createSoakStores, OVERLAP_MS, SOAK_SYSTEMS } from './stores.js';

/** Both stores, equal, and a running hub between them. */
export interface Place {
  readonly stores: Database;
  readonly hub: ScratchHub;
  /** Between Kafka and the shop's connector. */
  readonly lag: KafkaLag;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10 * 60_000;

/** Fills the ERP with `products`, and lets the hub carry them to the shop. */
export async function openPlace(servers: ServerAddresses, products: number, profileFolder?: string): Promise<Place> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const url = await createDatabase(servers.DATABASE_URL, `bench_soak_${process.pid}_${Date.now()}`);
    closers.push(() => dropDatabase(servers.DATABASE_URL, url));
    const options = { url, schema: 'public', applicationName: 'bench soak', poolSize: WRITERS + 4 };
    const stores = await Database.connect(options, []);
    closers.push(() => stores.close());
    await createSoakStores(stores, products);
    const lag = await KafkaLag.open(servers.KAFKA_BROKERS.split(',')[0] ?? '');
    closers.push(() => lag.close());
    const hub = await ScratchHub.create({
      root: ROOT,
      folder: join(ROOT, '.plumbline/bench/soak'),
      servers,
      systems: SOAK_SYSTEMS,
      environment: { BENCH_URL: url },
      logLevel: 'warn',
      ...(profileFolder !== undefined && { nodeArguments: ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`] }),
    });
    closers.push(() => hub.drop());
    await Promise.all([
      hub.processes.start('golden'),
      hub.processes.start('reconciler'),
      hub.processes.start('connector-shop', { KAFKA_BROKERS: lag.address }),
    ]);
    await hub.setMode('shop', 'write');
    await hub.processes.start('connector-erp');
    await untilEqual(stores);
    await untilRead(hub);
    await stores.query('ANALYZE');
    return { stores, hub, lag, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Waits until the shop holds all that the ERP does. @throws Error when it never does */
export async function untilEqual(stores: Database): Promise<void> {
  const endsAt = Date.now() + TIMEOUT_MS;
  let behind = await countBehind(stores);
  while (behind > 0) {
    if (Date.now() > endsAt) throw new Error(`${behind} rows of the shop are still not as the ERP has them.`);
    await sleep(1_000);
    behind = await countBehind(stores);
  }
}

/** Waits until the shop's cursor has passed the import, late commits included: what is planted afterwards it can't see. */
async function untilRead({ processes }: ScratchHub): Promise<void> {
  const wantedMs = Date.now() + 2 * OVERLAP_MS;
  for (;;) {
    const { entities } = await processes.call<SystemStatus>('connector-shop', '/status');
    if (Date.parse(entities[0]?.caughtUpAt ?? '1970-01-01T00:00:00Z') >= wantedMs) return;
    await sleep(200);
  }
}
