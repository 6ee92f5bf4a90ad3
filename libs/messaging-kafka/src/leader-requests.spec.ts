import { expect, test } from '@jest/globals';
import { encodeHeaders } from '#outbox';
import fc from 'fast-check';
import { planRequests, type TopicRecord } from './leader-requests.js';
import { partitionOf } from './murmur2.js';

const LEADERS: Readonly<Record<string, readonly number[]>> = { a: [1, 2, 1], b: [3, 1] };
const leadersOf = (topic: string): readonly number[] => LEADERS[topic] ?? [];
const aRecord = (topic: string, key: string, index: number): TopicRecord => ({
  topic,
  key,
  value: Buffer.from(String(index)),
  headers: encodeHeaders({}),
});

test('every record is in the one request of its partition’s leader, in order, and sequences have no gap', () => {
  const drafts = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.string({ maxLength: 3 })), { maxLength: 40 });
  fc.assert(
    fc.property(drafts, (keys) => {
      const records = keys.map(([topic, key], index) => aRecord(topic, key, index));
      const taken: [string, number, number][] = [];
      const takeSequences = (topic: string, partition: number, count: number): number =>
        taken.push([topic, partition, count]);
      const found = [...planRequests(records, { leadersOf, takeSequences })].flatMap(([leader, request]) =>
        [...request].flatMap(([topic, partitions]) => partitions.map((entry) => ({ leader, topic, ...entry }))),
      );
      expect(found.flatMap((entry) => entry.records)).toHaveLength(records.length);
      expect(new Set(found.map(({ topic, partition }) => `${topic}/${partition}`)).size).toBe(found.length);
      for (const { leader, topic, partition, records: inPartition, firstSequence } of found) {
        expect(leader).toBe(leadersOf(topic)[partition]);
        const wanted = records.filter(
          (record) => record.topic === topic && partitionOf(record.key, leadersOf(topic).length) === partition,
        );
        expect(inPartition).toEqual(wanted);
        expect(taken[firstSequence - 1]).toEqual([topic, partition, wanted.length]);
      }
    }),
  );
});

test('a partition without a leader is an error to retry', () => {
  const assignment = { leadersOf: () => [], takeSequences: () => 0 };
  expect(() => planRequests([aRecord('c', 'k', 0)], assignment)).toThrow(
    expect.objectContaining({ code: 'HUB_BROKER_UNREACHABLE' }),
  );
});
