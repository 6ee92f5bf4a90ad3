import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { systemClock, type BusinessKey, type Instant, type RecordStatus } from '#kernel';
import { shapeText, toSeedRow, WHOLE, type SeedMessage, type SeedShape } from '#replay';
import { testSeedTarget } from '#replay/testing';
import { AddNamedFeeds, CreateFeedTables, Database, PostgresFeedStore, PostgresFeedTarget } from '#store-postgres';
import { serverAddresses, unique } from '../harness/servers.js';

const MIGRATIONS = [CreateFeedTables, AddNamedFeeds];
const WHOLE_FEED = { feed: 'product', entity: 'product' } as const;
const ACMES: SeedShape = { ...WHOLE, where: [{ on: 'field', name: 'brand', test: 'equals', value: 'Acme' }] };
const PART = { feed: 'product/acme', entity: 'product', shape: ACMES } as const;
const schema = unique('feeds');
let database: Database;

beforeAll(async () => {
  const { databaseUrl: url } = serverAddresses();
  database = await Database.connect({ url, schema, applicationName: 'feed-store', poolSize: 6 }, MIGRATIONS);
  await database.migrate();
});
afterAll(async () => {
  await database.query(`DROP SCHEMA ${schema} CASCADE`);
  await database.close();
});

const clear = async (): Promise<void> => {
  for (const table of ['feed', 'feed_position', 'feed_record', 'feed_entry'])
    await database.query(`DELETE FROM ${table}`);
};

testSeedTarget(async () => ({ target: new PostgresFeedTarget(database, WHOLE_FEED, systemClock), close: clear }));
describe('a part', () => {
  testSeedTarget(async () => ({
    ...{ target: new PostgresFeedTarget(database, PART, systemClock), shape: shapeText(ACMES), close: clear },
  }));
});

const message = (key: string, offset: bigint, sequence = 1n, status: RecordStatus = 'live'): SeedMessage => {
  const row = toSeedRow({
    ...{ entity: 'product', key: key as BusinessKey, version: sequence, sequence, status, policyVersion: 1 },
    ...{ changedAt: '2026-11-23T04:05:06.123456Z' as Instant, merged: [], fields: { brand: 'Böhm' }, origins: {} },
  });
  return { offset, key: row.key, row };
};
const page = (partition: number, messages: readonly SeedMessage[], fromOffset = 0n) => ({
  ...{ partition, fromOffset, nextOffset: fromOffset + BigInt(messages.length), messages, unreadable: [] },
});

test('partitions that are taken at once are numbered without gap or repeat, and nothing comes below the last number', async () => {
  const target = new PostgresFeedTarget(database, WHOLE_FEED, systemClock);
  const store = new PostgresFeedStore(database);
  const partitions = [0, 1, 2, 3];
  await target.prepare('golden.product.v1', new Map(partitions.map((partition) => [partition, 0n])));
  const seen: bigint[] = [];
  const pages = partitions.map(async (partition) => {
    for (let turn = 0n; turn < 10n; turn += 1n) {
      await target.apply(page(partition, [message(`P-${partition}-${turn}`, turn)], turn), 99n);
      const head = await store.findHead('product');
      const last = head?.last ?? 0n;
      expect(await store.findEntries('product', 1n, last)).toHaveLength(Number(last));
      seen.push(last);
    }
  });
  await Promise.all(pages);
  const entries = await store.findEntries('product', 1n, 99n);
  expect(entries.map(({ number }) => number)).toEqual(Array.from({ length: 40 }, (_, index) => BigInt(index + 1)));
  expect(seen.some((last) => last === 40n)).toBe(true);
  await clear();
});

test('an erased record is gone from earlier entries, too, and told by one of its own', async () => {
  const target = new PostgresFeedTarget(database, WHOLE_FEED, systemClock);
  const store = new PostgresFeedStore(database);
  await target.prepare('golden.product.v1', new Map([[0, 0n]]));
  await target.apply(page(0, [message('a', 0n), message('b', 1n), message('a', 2n, 2n)]), 99n);
  await target.apply(page(0, [{ offset: 3n, key: 'a' as BusinessKey, row: null }], 3n), 99n);
  const entries = await store.findEntries('product', 1n, 9n);
  expect(entries.map(({ key, status, fields }) => [key, status, fields['brand']])).toEqual([
    ['a', 'erased', undefined],
    ['b', 'live', 'Böhm'],
    ['a', 'erased', undefined],
  ]);
  await clear();
});

describe('a named feed', () => {
  const prepare = (target: PostgresFeedTarget): Promise<void> =>
    target.prepare('golden.product.v1', new Map([[0, 0n]]));
  const told = async (feed: 'product' | 'product/acme'): Promise<readonly string[]> => {
    const entries = await new PostgresFeedStore(database).findEntries(feed, 1n, 99n);
    return entries.map(({ number, key, sequence, status }) => `${number} ${key} ${sequence} ${status}`);
  };

  test('has entries of its own beside the whole one, and tells no deletion or erasure of what it never had', async () => {
    const [whole, part] = [WHOLE_FEED, PART].map((feed) => new PostgresFeedTarget(database, feed, systemClock));
    if (!whole || !part) throw new TypeError('two feeds');
    await Promise.all([prepare(whole), prepare(part)]);
    const erased = (key: string, offset: bigint): SeedMessage => ({ offset, key: key as BusinessKey, row: null });
    const messages = [message('mine', 0n), message('theirs', 1n, 1n, 'deleted'), message('mine', 2n, 2n, 'deleted')];
    for (const one of [...messages, message('mine', 3n, 3n, 'deleted'), erased('theirs', 4n), erased('mine', 5n)])
      for (const target of [whole, part])
        expect((await target.apply(page(0, [one], one.offset), 99n)).rows).toBe(one.row === null ? 0 : 1);
    expect(await told('product/acme')).toEqual(['1 mine 1 erased', '2 mine 2 erased', '3 mine 0 erased']);
    expect(await told('product')).toHaveLength(6);
    expect(await new PostgresFeedStore(database).listNamed()).toEqual([{ entity: 'product', name: 'acme' }]);
    await clear();
  });

  test('is not begun by two seeders with two shapes', async () => {
    await prepare(new PostgresFeedTarget(database, PART, systemClock));
    const other = new PostgresFeedTarget(database, { ...PART, shape: { ...ACMES, fields: ['brand'] } }, systemClock);
    await expect(prepare(other)).rejects.toMatchObject({ code: 'HUB_SEED_TARGET_INVALID' });
    await clear();
  });
});

test('feeds from before there were names keep positions and entries, also when the migration is taken back', async () => {
  const options = { url: serverAddresses().databaseUrl, applicationName: 'feed-store', schema: unique('feeds_old') };
  const old = await Database.connect(options, [CreateFeedTables]);
  await old.migrate();
  await old.query(`INSERT INTO feed VALUES ('product', 'golden.product.v1', 1)`);
  await old.query(`INSERT INTO feed_position VALUES ('product', 0, 7, 'live')`);
  await old.query(`INSERT INTO feed_record VALUES ('product', 'a', 3, true, 'd')`);
  await old.query(
    `INSERT INTO feed_entry VALUES ('product', 1, 'a', 3, 3, 'live', '2026-11-23T04:05:06.123456Z', '{}')`,
  );
  const tables = ['feed', 'feed_position', 'feed_record', 'feed_entry'];
  const rowsOf = async (): Promise<unknown> => Promise.all(tables.map((table) => old.query(`SELECT * FROM ${table}`)));
  const before = await rowsOf();
  const renewed = await Database.connect(options, MIGRATIONS);
  await renewed.migrate();
  const found = await new PostgresFeedTarget(renewed, WHOLE_FEED, systemClock).find();
  const positions = new Map([[0, { nextOffset: 7n, state: 'live' }]]);
  expect(found).toEqual({ kind: 'seed', topic: 'golden.product.v1', shape: '', positions, liveRows: 1 });
  expect(await new PostgresFeedStore(renewed).findEntries('product', 1n, 9n)).toHaveLength(1);
  const part = new PostgresFeedTarget(renewed, PART, systemClock);
  await part.prepare('golden.product.v1', new Map([[0, 0n]]));
  await part.apply(page(0, [message('a', 0n)]), 9n);
  await renewed.transaction((sql) =>
    new AddNamedFeeds().down({ query: sql.query } as Parameters<AddNamedFeeds['down']>[0]),
  );
  expect(await rowsOf()).toEqual(before);
  await renewed.query(`DROP SCHEMA ${options.schema} CASCADE`);
  await Promise.all([old.close(), renewed.close()]);
});
