import { expect, jest, test } from '@jest/globals';
import { HEADERS } from '#contracts';
import type { BusinessKey } from '#kernel';
import { eventually } from '#testing';
import { IndexerUnderTest, type WrittenRecord } from './indexer-under-test.js';

jest.setTimeout(120_000);
const PATIENCE = { timeoutMs: 30_000, intervalMs: 200 };
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const hub = new IndexerUnderTest();

const aRecord = (index: number): WrittenRecord => ({
  key: `K-${index}`,
  value: Buffer.from(`value ${index}`),
  headers: { [HEADERS.id]: `golden/price/K-${index}/${index}`, [HEADERS.type]: 'golden.price.v1' },
});
const many = (count: number): WrittenRecord[] => Array.from({ length: count }, (_, index) => aRecord(index));

test('every record of every topic is indexed once: events, poison, tombstones, letters, records without key or header', async () => {
  await hub.write(hub.names.golden('price'), many(7_000));
  await hub.write(hub.names.history('price'), many(3_000));
  await hub.write(hub.names.hub('drift'), [{ key: 'erp/price/1', value: Buffer.from('x') }]);
  await hub.write(hub.names.hub('audit'), [{ key: null, value: Buffer.from('x') }]);
  await hub.write(hub.names.deadLetter('golden'), [{ key: 'K-1', value: null }]);
  await hub.write(hub.changes, [
    { key: 'K-1', value: Buffer.from('not Avro at all') },
    { key: 'K-2', value: null },
    { key: '', value: Buffer.alloc(0) },
  ]);
  await hub.untilComplete();
  const { records } = await hub.search({ key: 'K-1' });
  expect(records.map(({ topic, isTombstone }) => `${topic.slice(hub.prefix.length)} ${isTombstone}`).sort()).toEqual([
    'erp.price.changed.v1 false',
    'golden.dead-letter.v1 true',
    'golden.price.history.v1 false',
    'golden.price.v1 false',
  ]);
  expect((await hub.search({ key: 'K-2' })).records.some(({ isTombstone }) => isTombstone)).toBe(true);
});

test('a change event is found by its business key as well as by the id that its system gave it', async () => {
  const key = 'A-1|standard|EUR||' as BusinessKey;
  await hub.write(hub.changes, [hub.aChange({ system: 'erp', externalId: '4711', key, sequence: 1n })]);
  await hub.untilComplete();
  for (const search of [{ key }, { key: '4711' }, { event: 'erp/price/4711/1.1' }]) {
    const { records } = await hub.search(search);
    expect(records).toMatchObject([{ key: '4711', businessKey: key, eventId: 'erp/price/4711/1.1' }]);
  }
});

test('hostile keys and headers are found as they are, and nothing else', async () => {
  const keys = [
    "'; DROP TABLE indexed_record; --",
    'nul\0nul',
    '<script>alert(1)</script>',
    '../../%00',
    '𝒳☃',
    'k'.repeat(8_000),
  ];
  const traceparent = `00-${TRACE}-00f067aa0ba902b7-01`;
  await hub.write(
    hub.names.golden('price'),
    keys.map((key) => ({ key, value: null, headers: { [HEADERS.id]: key, [HEADERS.type]: key, traceparent } })),
  );
  await hub.untilComplete();
  for (const key of keys) {
    expect((await hub.search({ key })).records.map((record) => record.key)).toEqual([key]);
    expect((await hub.search({ event: key, type: key })).records.map((record) => record.key)).toEqual([key]);
  }
  expect((await hub.search({ trace: TRACE })).records.map(({ key }) => key).sort()).toEqual([...keys].sort());
});

test.each([
  [{ trace: 'x' }, 'trace'],
  [{ from: 'yesterday' }, 'offset'],
  [{ after: 'x' }, 'cursor'],
  [{ limit: '0' }, 'limit'],
  [{ limit: '100000' }, 'limit'],
  [{ unknown: '1' }, 'unknown'],
])('refuses %j, and says why', async (query, word) => {
  const response = await hub.get(query);
  expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(word)]);
});

test('pages follow each other to the end', async () => {
  const seen: string[] = [];
  let after: string | null = '';
  while (after !== null) {
    const page = await hub.search({ type: 'golden.price.v1', limit: '999', ...(after !== '' && { after }) });
    seen.push(...page.records.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`));
    after = page.next;
  }
  expect([seen.length, new Set(seen).size]).toEqual([10_000, 10_000]);
});

test('a topic that appears later is indexed from its beginning, one of another hub is not', async () => {
  const topic = `${hub.prefix}crm.price.changed.v1`;
  const foreign = `${hub.prefix}crm.of.others.v1`;
  await hub.createTopic(topic);
  await hub.write(topic, [{ key: 'late', value: null }]);
  await hub.untilComplete();
  expect((await hub.search({ key: 'late' })).records).toHaveLength(1);
  await hub.createTopic(foreign);
  await hub.write(foreign, [{ key: 'foreign', value: null }]);
  await eventually(async () => expect((await hub.search({ key: 'late' })).lag).toBe(0), PATIENCE);
  await hub.topics.deleteTopics([foreign]);
  expect((await hub.search({ key: 'foreign' })).records).toEqual([]);
});

test('what the broker removed is said to be gone, and then removed; what it removed before it was read is passed over', async () => {
  const topic = hub.names.deadLetter('golden');
  await hub.stop();
  await hub.write(topic, many(20));
  await hub.admin.fetchTopicOffsets(topic); // kafkajs deletes only in topics that it has met
  await hub.admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '15' }] });
  await hub.start();
  await eventually(async () => expect((await hub.search({ fresh: 'true' })).lag).toBe(0), PATIENCE);
  await eventually(async () => {
    const letters = (await hub.search({ limit: '1000' })).records.filter((record) => record.topic === topic);
    expect(letters.map(({ offset }) => Number(offset)).sort((a, b) => a - b)).toEqual([15, 16, 17, 18, 19, 20]);
  }, PATIENCE);
  await hub.untilComplete();
});

test('a topic that was made anew is indexed anew', async () => {
  const topic = `${hub.prefix}crm.price.changed.v1`;
  await hub.write(
    topic,
    Array.from({ length: 9 }, () => ({ key: 'before', value: null })),
  );
  await hub.untilComplete();
  await hub.stop();
  await hub.topics.deleteTopics([topic]);
  await eventually(async () => expect(await hub.topics.list()).not.toContain(topic), PATIENCE);
  await hub.createTopic(topic);
  await hub.write(topic, [{ key: 'after', value: null }]);
  await hub.start();
  await hub.untilComplete();
  expect((await hub.search({ key: 'before' })).records.filter((record) => record.topic === topic)).toHaveLength(0);
  expect((await hub.search({ key: 'after' })).records).toHaveLength(1);
});
