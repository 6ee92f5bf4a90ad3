import { beforeEach, describe, expect, test } from '@jest/globals';
import type { IndexedRecord } from './indexed-record.js';
import { anIndexedRecord, BEGIN_MS, inPages } from './record-index-store.contract.js';
import type { RecordIndexStore } from './record-index-store.js';
import { compareNewestFirst, type RecordHit, type RecordQuery } from './record-query.js';

const TYPE = 'golden.price.v1';
const DAY_MS = 24 * 60 * 60_000;

/** Records of one partition, one behind the other. */
function many(count: number, sketch: Partial<IndexedRecord> = {}): IndexedRecord[] {
  return Array.from({ length: count }, (_, index) => anIndexedRecord({ ...sketch, offset: BigInt(index) }));
}

/** The port's rules of a search by type alone, for every implementation. `make` opens an empty one. */
export function testNewestOfType(name: string, make: () => Promise<RecordIndexStore>): void {
  describe(`${name}, the newest of a type`, () => {
    let store: RecordIndexStore;
    const add = async (records: readonly IndexedRecord[]): Promise<void> => {
      const { topic, partition } = records[0] ?? anIndexedRecord();
      await store.addPage({ topic, partition, records, nextOffset: (records.at(-1)?.offset ?? -1n) + 1n });
    };
    const search = (query: Partial<RecordQuery>): Promise<RecordHit[]> => store.search({ limit: 100, ...query });
    const offsets = (hits: readonly RecordHit[]): number[] => hits.map(({ offset }) => Number(offset));
    beforeEach(async () => {
      store = await make();
    });

    test('come in order, of all kinds of the type, between others, in pages of any size and of any time', async () => {
      // Fourteen kinds: each prefix of an event id, and tombstones. Ties in time, over half a minute.
      const records = many(600).map((record) => ({
        ...record,
        eventId: `source${record.offset % 7n}/price/A-1/${record.offset}`,
        isTombstone: record.offset % 5n === 0n,
        type: record.offset % 3n === 0n ? 'other' : TYPE,
        appendedAtMs: BEGIN_MS + (Number(record.offset) >> 2) * 200,
      }));
      const both = [0, 1].map((partition) => records.map((record) => ({ ...record, partition })));
      for (const page of both) await add(page);
      const wanted = both
        .flat()
        .filter(({ type }) => type === TYPE)
        .map((record) => ({ ...record, isRemoved: false }))
        .sort(compareNewestFirst);
      for (const limit of [1, 3, 40, 1_000])
        expect(await search({ type: TYPE, limit })).toEqual(wanted.slice(0, limit));
      expect(await inPages(store, { type: TYPE, limit: 7 })).toEqual(wanted);
      const time = { fromMs: BEGIN_MS + 1_001, untilMs: BEGIN_MS + 4_200 };
      const within = wanted.filter(({ appendedAtMs: at }) => at >= time.fromMs && at < time.untilMs);
      expect(within.length).toBeGreaterThan(70);
      expect(await inPages(store, { type: TYPE, ...time, limit: 9 })).toEqual(within);
      expect(await search({ type: TYPE, ...time, fromMs: BEGIN_MS + 4_001 })).toEqual([]);
    });

    test('are found where they are few and far back, behind many others', async () => {
      const rare = many(6, { type: 'rare', partition: 1 });
      const times = [0, 499, 500, BEGIN_MS - 800 * DAY_MS, BEGIN_MS - 400 * DAY_MS, BEGIN_MS - DAY_MS];
      await add(rare.map((record, index) => ({ ...record, appendedAtMs: times[index] ?? 0 })));
      await add(many(500));
      expect(offsets(await search({ type: 'rare' }))).toEqual([5, 4, 3, 2, 1, 0]);
      expect(offsets(await inPages(store, { type: 'rare', limit: 1 }))).toEqual([5, 4, 3, 2, 1, 0]);
      expect(offsets(await search({ type: 'rare', untilMs: BEGIN_MS - 500 * DAY_MS }))).toEqual([3, 2, 1, 0]);
      expect(offsets(await search({ type: 'rare', fromMs: 499, untilMs: 501 }))).toEqual([2, 1]);
      expect(offsets(await search({ type: 'rare', fromMs: 500, limit: 1 }))).toEqual([5]);
    });

    test('are not what is left of a topic that was made anew, nor do such records take a place', async () => {
      await add(many(20));
      await add(many(5, { partition: 1 }).map((record) => ({ ...record, appendedAtMs: BEGIN_MS - 5_000 })));
      expect(await store.takeUp(TYPE, 0, { low: 0n, high: 2n })).toBe('begin-anew');
      await add(many(2, { key: 'B-1' }));
      const found = await search({ type: TYPE, limit: 4 });
      expect(found.map(({ partition, offset, key }) => `${key} ${partition} ${offset}`)).toEqual([
        ...['B-1 0 1', 'B-1 0 0', 'A-1 1 4', 'A-1 1 3'],
      ]);
      await store.forgetTopic(TYPE);
      expect(await search({ type: TYPE })).toEqual([]);
    });
  });
}
