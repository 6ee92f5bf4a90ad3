import { readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { KafkaEventPublisher, KafkaTopics, TopicReader } from '#messaging-kafka';
import type { OutboxRow } from '#outbox';
import { PostgresOutboxAppender, type Sql } from '#store-postgres';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../harness/servers.js';
import { KafkaProxy, passOn } from './messaging-proxy.js';
import { aMessage, eventually, logging, OutboxUnderTest, READERS, texts } from './outbox-reading.js';

const { kafkaBrokers } = serverAddresses();
const connection = { brokers: kafkaBrokers, clientId: 'outbox-traps' };
const topics = new KafkaTopics(connection);
const created: string[] = [];
let scratch: ScratchDatabase;
let outbox: OutboxUnderTest;

beforeAll(async () => {
  scratch = await createDatabase('outbox_traps_kafka');
});
afterAll(async () => {
  await topics.deleteTopics(created);
  await topics.close();
  await scratch.drop();
});
afterEach(() => outbox.close());

async function createTopic(partitions: number, kind: 'change' | 'history' = 'change'): Promise<string> {
  const name = unique('outbox_traps');
  await topics.ensure([{ name, kind, partitions }]);
  created.push(name);
  return name;
}

/** Key and value of every message, by partition. */
async function read(topic: string): Promise<{ key: string; text: string; partition: number }[]> {
  const found: { key: string; text: string; partition: number }[] = [];
  const reader = new TopicReader(connection);
  await reader.readToEnd({
    ...{ topic, from: new Map<number, bigint>() },
    onPage: async ({ partition, messages }) =>
      void found.push(...messages.map(({ key, value }) => ({ key, text: String(value), partition }))),
  });
  await reader.close();
  return found;
}

describe('with the polling reader', () => {
  beforeEach(async () => {
    outbox = await OutboxUnderTest.open(scratch.url, 'polling');
  });

  describe('trap 9: NOTIFY in the writing transaction', () => {
    test('appending notifies nobody, and a relay in another process sees the commit all the same', async () => {
      const log: string[] = [];
      await outbox.startRelay(logging(log));
      const [table] = await outbox.database.query(
        `SELECT FROM pg_trigger WHERE tgrelid IN (SELECT oid FROM pg_class WHERE relname LIKE 'outbox%')`,
      );
      expect(table).toBeUndefined();
      await outbox.database.transaction(async (sql) => {
        const statements: string[] = [];
        const spied: Sql = { query: (text, values) => (statements.push(text), sql.query(text, values)) };
        await new PostgresOutboxAppender(spied).append([aMessage('k', '0')]);
        expect(statements.filter((text) => /notify/i.test(text))).toEqual([]);
        expect(statements).toHaveLength(1);
      });
      await eventually(() => log.length === 1, 5_000);
    });
  });

  describe('trap 15: another partitioner', () => {
    test('every key lands where the Java client would put it, also empty, zero and non-ASCII keys', async () => {
      const file = new URL('../../libs/messaging-kafka/fixtures/java-client.json', `file://${import.meta.filename}`);
      const vectors = JSON.parse(readFileSync(file, 'utf8')) as { keys: { key: string; partitionOf6: number }[] };
      const topic = await createTopic(6);
      const publisher = new KafkaEventPublisher(connection);
      await outbox.startRelay(publisher);
      await outbox.append(...vectors.keys.map(({ key }) => aMessage(key.replaceAll('\u0000', '0'), 'v', topic)));
      await outbox.untilDrained();
      await publisher.close();
      const wanted = vectors.keys.filter(({ key }) => !key.includes('\u0000'));
      expect(wanted.length).toBeGreaterThan(5);
      const found = new Map((await read(topic)).map(({ key, partition }) => [key, partition]));
      expect(wanted.map(({ key }) => [key, found.get(key)])).toEqual(
        wanted.map(({ key, partitionOf6 }) => [key, partitionOf6]),
      );
    });
  });

  describe('trap 19: several requests in flight', () => {
    test('what is published at the same time while connections break lands in the order of its calls', async () => {
      const topic = await createTopic(1);
      const proxy = await KafkaProxy.start(kafkaBrokers[0] ?? '');
      const publisher = new KafkaEventPublisher({ ...connection, brokers: [proxy.address], requestTimeoutMs: 2_000 });
      try {
        let [inFlight, most, calls] = [0, 0, 0];
        proxy.rule = (frame) => {
          calls += 1;
          return calls % 7 === 0 ? [frame, frame] : [frame];
        };
        const one = async (text: string): Promise<void> => {
          const row: OutboxRow = { ...aMessage('k', text, topic), sequence: BigInt(text) };
          inFlight += 1;
          most = Math.max(most, inFlight);
          await publisher.publish([row]);
          inFlight -= 1;
        };
        await Promise.all(texts(0, 40).map(one));
        expect(most).toBeGreaterThan(1);
        expect((await read(topic)).map(({ text }) => text)).toEqual(texts(0, 40));
      } finally {
        proxy.rule = passOn;
        await publisher.close();
        await proxy.stop();
      }
    });
  });
});

describe.each(READERS)('trap 16: a topic that no longer has what was published, %s reader', (reader) => {
  test('a relay starts and publishes although all records of its topic were deleted', async () => {
    outbox = await OutboxUnderTest.open(scratch.url, reader);
    const topic = await createTopic(1, 'history'); // records of a compacted topic can't be deleted so
    const publisher = new KafkaEventPublisher(connection);
    const first = await outbox.startRelay(publisher);
    await outbox.append(...texts(0, 20).map((text) => aMessage('k', text, topic)));
    await outbox.untilDrained();
    await first.stop();
    const admin = new kafkajs.Kafka({ ...connection, brokers: [...kafkaBrokers] }).admin();
    await admin.connect();
    await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '-1' }] });
    await admin.disconnect();
    const next = new KafkaEventPublisher(connection);
    await outbox.startRelay(next);
    await outbox.append(...texts(20, 25).map((text) => aMessage('k', text, topic)));
    await outbox.untilDrained();
    await Promise.all([publisher.close(), next.close()]);
    expect((await read(topic)).map(({ text }) => text)).toEqual(texts(20, 25));
  });
});

describe('trap 6: what a slot keeps', () => {
  beforeEach(async () => {
    outbox = await OutboxUnderTest.open(scratch.url, 'streaming');
  });

  test('an idle outbox beside a busy table keeps no WAL', async () => {
    await outbox.startRelay(logging([]));
    await outbox.untilReading();
    await outbox.database.query('CREATE TABLE busy (text text)');
    for (let round = 0; round < 8; round += 1)
      await outbox.database.query(`INSERT INTO busy SELECT repeat('x', 1000) FROM generate_series(1, 4000)`);
    await eventually(async () => Number((await outbox.slots())[0]?.kept) < 1_000_000);
  });

  test('a slot that is gone costs a reading of the table, and no row', async () => {
    const log: string[] = [];
    const first = await outbox.startRelay(logging(log));
    await outbox.untilReading();
    await outbox.append(aMessage('k', '0'));
    await outbox.untilDrained();
    await first.stop();
    await eventually(async () => (await outbox.slots()).every(({ active }) => !active));
    await outbox.append(aMessage('k', '1'));
    await outbox.database.query(
      'SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = current_database()',
    );
    await outbox.append(aMessage('k', '2'));
    await outbox.startRelay(logging(log));
    await outbox.untilReading();
    await outbox.append(aMessage('k', '3'));
    await outbox.untilDrained();
    expect(log).toEqual(texts(0, 4));
  });
});
