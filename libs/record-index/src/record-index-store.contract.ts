import { beforeEach, describe, expect, test } from '@jest/globals';
import type { IndexedRecord } from './indexed-record.js';
import type { RecordIndexStore } from './record-index-store.js';
import type { RecordHit, RecordQuery } from './record-query.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
/** When the record at offset 0 is appended. */
export const BEGIN_MS = 1_764_000_000_000;

/** A record of the golden price topic, appended so many milliseconds after the others as its offset says. */
export function anIndexedRecord(sketch: Partial<IndexedRecord> = {}): IndexedRecord {
  const { offset = 0n, key = 'A-1' } = sketch;
  return {
    ...{ topic: 'golden.price.v1', partition: 0, offset, key, businessKey: null, type: 'golden.price.v1' },
    ...{ eventId: `golden/price/${key}/${offset}`, appendedAtMs: BEGIN_MS + Number(offset), traceId: null },
    ...{ isTombstone: false, ...sketch },
  };
}

/** The whole answer, asked for page by page. */
export async function inPages(store: RecordIndexStore, query: RecordQuery): Promise<RecordHit[]> {
  const pages: RecordHit[] = [];
  for (let page = await store.search(query); page.length > 0;) {
    pages.push(...page);
    const after = page.at(-1);
    page = after ? await store.search({ ...query, after }) : [];
  }
  return pages;
}

/** Keys and ids as anyone may write them. */
const HOSTILE = [
  '',
  ' ',
  '\0',
  'a\0b',
  "'; DROP TABLE indexed_record; --",
  '\\N',
  '\\x41',
  '{"a":1}',
  'größe/☃/𝒳',
  'A-1|standard|EUR||',
  'a/b/c/d',
  '/',
  '//',
  '%00',
  'x'.repeat(10_000),
  '\u202Eevil',
  'line\nbreak\ttab\r',
];

/** The port's rules, for every implementation. `make` opens an empty one. */
export function testRecordIndexStore(name: string, make: () => Promise<RecordIndexStore>): void {
  describe(`${name} as RecordIndexStore`, () => {
    let store: RecordIndexStore;
    const add = (records: readonly IndexedRecord[], nextOffset?: bigint): Promise<void> => {
      const { topic, partition } = records[0] ?? anIndexedRecord();
      return store.addPage({
        topic,
        partition,
        records,
        nextOffset: nextOffset ?? (records.at(-1)?.offset ?? -1n) + 1n,
      });
    };
    const search = (query: Partial<RecordQuery>): Promise<RecordHit[]> => store.search({ limit: 100, ...query });
    const offsets = async (query: Partial<RecordQuery>): Promise<number[]> =>
      (await search(query)).map(({ offset }) => Number(offset));
    const many = (count: number, key = 'A-1'): IndexedRecord[] =>
      Array.from({ length: count }, (_, index) => anIndexedRecord({ offset: BigInt(index), key }));
    beforeEach(async () => {
      store = await make();
    });

    test('gives back what it was given', async () => {
      const records = [
        anIndexedRecord({ offset: 9_007_199_254_740_993n, appendedAtMs: BEGIN_MS, traceId: TRACE, isTombstone: true }),
        anIndexedRecord({
          offset: 9_007_199_254_740_994n,
          appendedAtMs: BEGIN_MS + 1,
          businessKey: 'B',
          eventId: null,
        }),
        anIndexedRecord({
          offset: 9_007_199_254_740_995n,
          appendedAtMs: BEGIN_MS + 2,
          type: null,
          eventId: 'elsewhere',
        }),
      ];
      await add(records);
      expect(await search({})).toEqual([...records].reverse().map((record) => ({ ...record, isRemoved: false })));
    });

    test('a page that comes again changes nothing, and a page that overlaps adds only what is new', async () => {
      await add(many(5));
      await add(many(5));
      await add(many(7).slice(3));
      expect(await offsets({ key: 'A-1' })).toEqual([6, 5, 4, 3, 2, 1, 0]);
      expect(await store.findPositions()).toEqual([{ topic: 'golden.price.v1', partition: 0, nextOffset: 7n }]);
    });

    test('a page without records moves the position', async () => {
      await add([], 9n);
      expect((await store.findPositions())[0]?.nextOffset).toBe(9n);
      expect(await search({})).toEqual([]);
    });

    test('finds by Kafka key and by business key, by event and by trace, and nothing else', async () => {
      await add([
        anIndexedRecord({ offset: 0n, key: 'A-1', traceId: TRACE }),
        anIndexedRecord({ offset: 1n, key: '4711', businessKey: 'A-1' }),
        anIndexedRecord({ offset: 2n, key: 'A-2', eventId: 'golden/price/A-1/0' }),
        anIndexedRecord({ offset: 3n, key: 'A-10', traceId: TRACE }),
      ]);
      expect(await offsets({ key: 'A-1' })).toEqual([1, 0]);
      expect(await offsets({ key: '4711' })).toEqual([1]);
      expect(await offsets({ eventId: 'golden/price/A-1/0' })).toEqual([2, 0]);
      expect(await offsets({ eventId: 'golden/price/A-1/9' })).toEqual([]);
      expect(await offsets({ traceId: TRACE })).toEqual([3, 0]);
      expect(await offsets({ key: 'A-1', traceId: TRACE })).toEqual([0]);
      expect(await offsets({ key: 'a-1' })).toEqual([]);
    });

    test.each(HOSTILE.map((text) => [text.slice(0, 40), text] as const))(
      'a key, an event id and a type %j are found as they are',
      async (_short, text) => {
        await add([
          anIndexedRecord({ offset: 0n, key: text }),
          anIndexedRecord({ offset: 1n, businessKey: text, type: text, eventId: text }),
          anIndexedRecord({ offset: 2n }),
        ]);
        expect(await offsets({ key: text })).toEqual([1, 0]);
        expect(await offsets({ eventId: text })).toEqual([1]);
        expect(await offsets({ eventId: `golden/price/${text}/0` })).toEqual([0]);
        expect(await offsets({ type: text })).toEqual([1]);
        expect((await search({ key: text }))[1]?.eventId).toBe(`golden/price/${text}/0`);
      },
    );

    test('from is included, until is not; type and time narrow each other', async () => {
      await add(many(10));
      expect(await offsets({ fromMs: BEGIN_MS + 3, untilMs: BEGIN_MS + 6 })).toEqual([5, 4, 3]);
      expect(await offsets({ type: 'golden.price.v1', fromMs: BEGIN_MS + 8 })).toEqual([9, 8]);
      expect(await offsets({ type: 'other' })).toEqual([]);
    });

    test('pages of an answer join without gap or repetition, also at one instant', async () => {
      await add(many(20).map((record) => ({ ...record, appendedAtMs: BEGIN_MS + Number(record.offset / 7n) })));
      await add(many(20).map((record) => ({ ...record, appendedAtMs: BEGIN_MS + 1, partition: 1 })));
      await add(many(5).map((record) => ({ ...record, appendedAtMs: BEGIN_MS + 1, topic: 'erp.price.changed.v1' })));
      for (const query of [{ key: 'A-1' }, { type: 'golden.price.v1' }, {}]) {
        const whole = await search(query);
        expect(whole).toHaveLength(45);
        expect(await inPages(store, { ...query, limit: 4 })).toEqual(whole);
      }
    });

    test('what the broker removed says so until it is cleaned up, in bounded steps, and nothing else goes', async () => {
      await add(many(3_000));
      await add(many(10).map((record) => ({ ...record, partition: 1 })));
      await store.raiseLow('golden.price.v1', 0, 2_500n);
      await store.raiseLow('golden.price.v1', 0, 2n);
      const [oldest] = await search({ untilMs: BEGIN_MS + 1, key: 'A-1' }).then((hits) => hits.reverse());
      expect(oldest).toMatchObject({ offset: 0n, isRemoved: true });
      let removed = 0;
      for (let isDone = false; !isDone;) {
        const step = await store.cleanUp();
        removed += step.removed;
        isDone = step.isDone;
      }
      expect(removed).toBe(2_500);
      expect(await search({ limit: 5_000 })).toHaveLength(510);
      expect(await store.cleanUp()).toEqual({ removed: 0, isDone: true });
    });

    test('a partition that retention overtook goes on at its first offset', async () => {
      await add(many(3));
      expect(await store.takeUp('golden.price.v1', 0, { low: 8n, high: 9n })).toBe('skip');
      expect((await store.findPositions())[0]?.nextOffset).toBe(8n);
      expect(await store.takeUp('golden.price.v1', 0, { low: 8n, high: 9n })).toBe('go-on');
      expect((await search({})).every(({ isRemoved }) => isRemoved)).toBe(true);
    });

    test('a topic that was made anew is indexed anew, and one that is gone is forgotten', async () => {
      await add(many(3));
      await add(many(3).map((record) => ({ ...record, topic: 'other' })));
      expect(await store.takeUp('golden.price.v1', 0, { low: 0n, high: 2n })).toBe('begin-anew');
      expect((await store.findPositions()).map(({ nextOffset }) => nextOffset)).toEqual([0n, 3n]);
      await add(many(2, 'B-1'));
      expect((await search({})).map(({ topic, key }) => `${topic} ${key}`).sort()).toEqual([
        'golden.price.v1 B-1',
        'golden.price.v1 B-1',
        'other A-1',
        'other A-1',
        'other A-1',
      ]);
      await store.forgetTopic('other');
      expect(await search({})).toHaveLength(2);
      while (!(await store.cleanUp()).isDone);
      expect(await offsets({})).toEqual([1, 0]);
    });

    test('a partition begins at its first offset, and is known before anything came', async () => {
      expect(await store.takeUp('new', 0, { low: 5n, high: 5n })).toBe('skip');
      expect(await store.findPositions()).toEqual([{ topic: 'new', partition: 0, nextOffset: 5n }]);
    });
  });
}
