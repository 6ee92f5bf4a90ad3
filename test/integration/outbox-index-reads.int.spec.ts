import { afterAll, beforeAll, expect, test } from '@jest/globals';
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
