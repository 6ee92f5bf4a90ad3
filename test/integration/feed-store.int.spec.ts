import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { systemClock, type BusinessKey, type Instant } from '#kernel';
import { toSeedRow, type SeedMessage } from '#replay';
import { testSeedTarget } from '#replay/testing';
import { CreateFeedTables, Database, PostgresFeedStore, PostgresFeedTarget } from '#store-postgres';
import { serverAddresses, unique } from '../harness/servers.js';

const schema = unique('feeds');
let database: Database;

beforeAll(async () => {
  const { databaseUrl: url } = serverAddresses();
  database = await Database.connect({ url, schema, applicationName: 'feed-store', poolSize: 6 }, [CreateFeedTables]);
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

testSeedTarget(async () => ({ target: new PostgresFeedTarget(database, 'product', systemClock), close: clear }));

const message = (key: string, offset: bigint, sequence = 1n): SeedMessage => {
  const row = toSeedRow({
    ...{ entity: 'product', key: key as BusinessKey, version: sequence, sequence, status: 'live', policyVersion: 1 },
    ...{ changedAt: '2026-11-23T04:05:06.123456Z' as Instant, merged: [], fields: { brand: 'Böhm' }, origins: {} },
  });
  return { offset, key: row.key, row };
};
const page = (partition: number, messages: readonly SeedMessage[], fromOffset = 0n) => ({
  ...{ partition, fromOffset, nextOffset: fromOffset + BigInt(messages.length), messages, unreadable: [] },
});

test('partitions that are taken at once are numbered without gap or repeat, and nothing comes below the last number', async () => {
  const target = new PostgresFeedTarget(database, 'product', systemClock);
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
  const target = new PostgresFeedTarget(database, 'product', systemClock);
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
