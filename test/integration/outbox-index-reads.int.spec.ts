import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock } from '#kernel';
import type { ShardLease } from '#outbox';
import { CreateOutboxTables, Database, PostgresOutboxAppender, PostgresOutboxStore } from '#store-postgres';
import { createDatabase, unique, type ScratchDatabase } from '../harness/servers.js';
import { aMessage } from './outbox-reading.js';

const ROWS = 40_000;
const PAGE = 500;
/** A page's index entries fill three blocks; those of all rows, 150. */
const FEW_BLOCKS = 20;
let scratch: ScratchDatabase;
let database: Database;
let store: PostgresOutboxStore;
let lease: ShardLease;

beforeAll(async () => {
  scratch = await createDatabase('outbox_index');
  const options = { url: scratch.url, schema: unique('index'), applicationName: 'index-test' };
  const migrations = await Database.connect(options, [CreateOutboxTables]);
  await migrations.migrate();
  await migrations.close();
  // one connection: a session can be made to tell its own reads only
  database = await Database.connect({ ...options, poolSize: 1 }, []);
  await database.query('ALTER TABLE outbox SET (autovacuum_enabled = false)');
  await database.transaction((sql) =>
    new PostgresOutboxAppender(sql).append(Array.from({ length: ROWS }, (_, at) => aMessage(`k${at}`, String(at)))),
  );
  store = new PostgresOutboxStore(database);
  lease = await store.acquire(0, 'index-test', 60_000).then((taken) => taken ?? Promise.reject(new Error('no lease')));
});
afterAll(async () => {
  await database.close();
  await scratch.drop();
});

/** Blocks of the outbox's index that this reads. */
async function blocksOf(work: () => Promise<unknown>): Promise<number> {
  const before = await blocks();
  await work();
  return (await blocks()) - before;
}

async function blocks(): Promise<number> {
  await database.query('SELECT pg_stat_force_next_flush()');
  const text = `SELECT idx_blks_hit + idx_blks_read AS blocks FROM pg_statio_user_tables WHERE relid = 'outbox'::regclass`;
  const [row] = await database.query<{ blocks: string }>(text);
  return Number(row?.blocks);
}

test('a page, its removal and the look for a late row read as much of the index as they need, however many rows wait', async () => {
  let page = await store.findPending(lease, PAGE, []);
  const sequences = page.map(({ sequence }) => sequence);
  expect(sequences).toHaveLength(PAGE);
  const late = sequences.splice(PAGE / 2, 1);
  expect(await blocksOf(() => store.markSent(lease, sequences))).toBeLessThan(FEW_BLOCKS);
  expect(await blocksOf(async () => (page = await store.findPending(lease, PAGE, [])))).toBeLessThan(FEW_BLOCKS);
  expect(page[0]?.sequence).toBe(late[0]);
  const rest = page.map(({ sequence }) => sequence);
  expect(await blocksOf(() => store.markSent(lease, rest))).toBeLessThan(FEW_BLOCKS);
});

/** Removes so many rows. */
async function remove(from: PostgresOutboxStore, rows: number): Promise<bigint[]> {
  const page = await from.findPending(lease, rows, []);
  const sequences = page.map(({ sequence }) => sequence);
  if (sequences.length > 0) await from.markSent(lease, sequences);
  return sequences;
}

test('while a writer keeps the floor down, a page passes what was removed, and no row that waits', async () => {
  expect(await remove(store, 15_000)).toHaveLength(15_000);
  const fresh = new PostgresOutboxStore(database, 1, 0);
  const writer = await Database.connect({ ...database.place, applicationName: 'index-writer', poolSize: 1 }, []);
  await writer.transaction(async (sql) => {
    await new PostgresOutboxAppender(sql).append([aMessage('late', 'late')]);
    let first: bigint[] = [];
    const passing = await blocksOf(async () => (first = await remove(fresh, PAGE)));
    expect(first).toHaveLength(PAGE);
    expect(await blocksOf(() => remove(fresh, PAGE))).toBeLessThan(passing + FEW_BLOCKS);
  });
  await writer.close();
});

test('a row that a backup put back below the floor is looked for every few seconds, and read', async () => {
  const restored = new PostgresOutboxStore(database, 1, 0);
  const [old] = await remove(restored, PAGE);
  while ((await remove(restored, 10_000)).length > 0);
  expect(await restored.findPending(lease, PAGE, [])).toEqual([]);
  await database.transaction((sql) => new PostgresOutboxAppender(sql).append([aMessage('new', 'new')]));
  await database.query(
    `INSERT INTO outbox (sequence, shard, topics, key, value, headers) OVERRIDING SYSTEM VALUE
     SELECT $1::bigint, shard, topics, 'old', value, headers FROM outbox`,
    [String(old)],
  );
  const keys = async (): Promise<string[]> => (await restored.findPending(lease, PAGE, [])).map(({ key }) => key);
  await restored.findBacklog();
  expect(await keys()).toEqual(['new']);
  await systemClock.sleep(5_100);
  expect(await restored.findBacklog()).toMatchObject({ rows: 2 });
  expect(await keys()).toEqual(['old', 'new']);
}, 30_000);
