import { expect, test } from '@jest/globals';
import type { AppliedOffset } from '#outbox';
import { MarkedTopics } from './marked-topics.js';
import type { ReadOptions } from './topic-reader.js';

/** A topic of two partitions whose values are its offsets, and the marks of a database. */
function aTopic() {
  const ends = new Map([
    [0, 3n],
    [1, 0n],
  ]);
  const marks = new Map<string, bigint>();
  const reader = {
    endOffsets: async () => new Map(ends),
    readToEnd: async ({ from, onPage }: ReadOptions) => {
      const first = Number(from.get(0) ?? 0n);
      const offsets = Array.from({ length: Number(ends.get(0)) - first }, (_, index) => first + index);
      const messages = offsets.map((offset) => ({
        ...{ topic: 't', partition: 0, offset: BigInt(offset), key: '', headers: {}, timestampMs: 0 },
        value: offset === 1 ? null : Buffer.from(String(offset)),
      }));
      await onPage({ partition: 0, messages, nextOffset: 0n });
      return ends;
    },
  };
  const store = {
    find: async (topic: string, partition: number) => marks.get(`${topic}/${partition}`) ?? null,
    advance: async ({ topic, partition, nextOffset }: AppliedOffset) =>
      void marks.set(`${topic}/${partition}`, nextOffset),
  };
  const marked = new MarkedTopics(reader, { prepare: async () => undefined }, store);
  const read = async (): Promise<string[]> => {
    const found: string[] = [];
    await marked.read('t', (values) => void found.push(...values.map(String)));
    return found;
  };
  return { ends, marks, marked, read };
}

test('reads all where there is no mark, and what came since where there is one; a tombstone has no value', async () => {
  const { ends, marked, read } = aTopic();
  expect(await read()).toEqual(['0', '2']);
  await marked.mark(['t']);
  expect(await read()).toEqual([]);
  ends.set(0, 5n);
  expect(await read()).toEqual(['3', '4']);
});

test('does not mark a database that lost a mark under it', async () => {
  const { ends, marks, marked } = aTopic();
  await marked.mark(['t']);
  ends.set(0, 9n);
  marks.set('t/0', 1n);
  await expect(marked.mark(['t'])).rejects.toMatchObject({ code: 'HUB_DATABASE_OLD' });
  expect(marks.get('t/0')).toBe(1n);
});
