import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Closers, HubError, noMetrics, silentLogger, systemClock } from '#kernel';
import { encodeHeaders, startRelay, type OutboxRow } from '#outbox';
import { CreateOutboxTables, Database, PostgresOutboxAppender, PostgresOutboxStore } from '#store-postgres';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';

const MAX_ROWS = 2_000;
const ROWS_A_TRANSACTION = 20;
let scratch: ScratchDatabase;
let database: Database;

beforeAll(async () => {
  scratch = await createDatabase('outbox_limit');
  const options = { url: scratch.url, schema: unique('limit'), applicationName: 'limit-test' };
  database = await Database.connect(options, [CreateOutboxTables]);
  await database.migrate();
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

/** Appends rows named from `first`. */
function append(first: number): Promise<void> {
  const messages = Array.from({ length: ROWS_A_TRANSACTION }, (_, index) => ({
    ...{ topics: ['t'], key: `k${index % 3}`, value: Buffer.from(String(first + index)), headers: encodeHeaders({}) },
  }));
  return database.transaction((sql) => new PostgresOutboxAppender(sql).append(messages));
}

/** Appends until it is refused. @returns how many rows were committed */
async function fill(from: number): Promise<number> {
  for (let first = from; ; first += ROWS_A_TRANSACTION)
    try {
      await append(first);
    } catch (error) {
      expect(error).toMatchObject({ code: 'HUB_OUTBOX_FULL', disposition: 'retry' });
      return first;
    }
}

async function untilAppended(first: number): Promise<void> {
  for (const endsAt = Date.now() + 20_000; ; await systemClock.sleep(100))
    try {
      return await append(first);
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'HUB_OUTBOX_FULL' || Date.now() > endsAt) throw error;
    }
}

test('while the broker is away, appending is refused at the limit; when it is back, it goes on by itself and nothing is lost', async () => {
  const [closers, published] = [new Closers(), [] as string[]];
  let isAway = true;
  const publisher = {
    publish: async (rows: readonly OutboxRow[]): Promise<void> => {
      if (isAway) throw new HubError('HUB_BROKER_UNREACHABLE', 'planted');
      published.push(...rows.map(({ value }) => value.toString()));
    },
    close: async () => undefined,
  };
  const store = new PostgresOutboxStore(database);
  const relay = startRelay(
    {
      ...{ store, publisher, clock: systemClock, logger: silentLogger, metrics: noMetrics, owner: randomUUID() },
      ...{ maxRows: MAX_ROWS, onFatal: (error: HubError) => expect(error).toBeUndefined() },
    },
    closers,
  );
  const committed = await fill(0);
  expect(committed).toBeGreaterThanOrEqual(MAX_ROWS);
  expect((await store.findBacklog()).rows).toBe(committed);
  await expect(append(committed)).rejects.toMatchObject({ code: 'HUB_OUTBOX_FULL' });
  isAway = false;
  relay.wake();
  await untilAppended(committed);
  await closers.close();
  const last = committed + ROWS_A_TRANSACTION;
  while (published.length < last) await relayOnce(store, published);
  expect(published).toEqual(Array.from({ length: last }, (_, index) => String(index)));
}, 60_000);

/** What was appended after the relay's last look. */
async function relayOnce(store: PostgresOutboxStore, published: string[]): Promise<void> {
  const lease = await store.acquire(0, 'test', 60_000);
  if (!lease) throw new Error('the shard was not released');
  const rows = await store.findPending(lease, 1_000, []);
  published.push(...rows.map(({ value }) => value.toString()));
  await store.markSent(
    lease,
    rows.map(({ sequence }) => sequence),
  );
}
