import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { silentLogger, systemClock, type Metrics } from '#kernel';
import { KafkaEventPublisher, KafkaTopics, TopicReader } from '#messaging-kafka';
import { encodeHeaders, OutboxRelay, type OutboxMessage } from '#outbox';
import {
  CreateOutboxTables,
  Database,
  openOutboxStore,
  PostgresOutboxAppender,
  PostgresOutboxStore,
  PostgresParkedKeys,
} from '#store-postgres';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../harness/servers.js';

const { kafkaBrokers } = serverAddresses();
const connection = { brokers: kafkaBrokers, clientId: 'parking-test' };
const kafka = new kafkajs.Kafka({ ...connection, brokers: [...kafkaBrokers], logLevel: kafkajs.logLevel.NOTHING });
const admin = kafka.admin();
const topics = new KafkaTopics(connection);
const created: string[] = [];
let scratch: ScratchDatabase;
let database: Database;
let publisher: KafkaEventPublisher;
let relay: OutboxRelay;
let fatal: unknown[];
const gauges = new Map<string, number>();
const metrics: Metrics = {
  count: () => undefined,
  gauge: (name, value) => void gauges.set(name, value),
  observe: () => undefined,
};

beforeAll(async () => {
  scratch = await createDatabase('outbox_parking');
  await admin.connect();
});
afterAll(async () => {
  await topics.deleteTopics(created);
  await Promise.all([topics.close(), admin.disconnect()]);
  await scratch.drop();
});

async function createTopic(): Promise<string> {
  const name = unique('parking');
  await topics.ensure([{ name, kind: 'change', partitions: 3 }]);
  created.push(name);
  return name;
}

function setLimit(topic: string, bytes: number): Promise<unknown> {
  const configEntries = [{ name: 'max.message.bytes', value: String(bytes) }];
  return admin.alterConfigs({
    validateOnly: false,
    resources: [{ type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configEntries }],
  });
}

const aMessage = (topic: string, key: string, text: string): OutboxMessage => ({
  topics: [topic],
  key,
  value: Buffer.from(text),
  headers: encodeHeaders({}),
});
const append = (...messages: OutboxMessage[]): Promise<void> =>
  database.transaction((sql) => new PostgresOutboxAppender(sql).append(messages));

function startRelay(reader: 'polling' | 'streaming'): void {
  const store = openOutboxStore(database, {
    ...{ reader, clock: systemClock, logger: silentLogger, onRows: () => relay.wake() },
  });
  publisher = new KafkaEventPublisher(connection);
  relay = new OutboxRelay({
    ...{ store, publisher, clock: systemClock, logger: silentLogger, metrics, owner: randomUUID() },
    ...{ leaseTtlMs: 2_000, metricsEveryMs: 100, onFatal: (error) => fatal.push(error) },
  });
  relay.start();
}

/** First letters of the values of each key, in the order of the topic; without the repeats that a refusal brings. */
async function valuesOf(topic: string): Promise<Record<string, string[]>> {
  const reader = new TopicReader({ ...connection, clientId: unique('reader') });
  const found: Record<string, string[]> = {};
  await reader.readToEnd({
    ...{ topic, from: new Map<number, bigint>() },
    onPage: async ({ messages }) => {
      for (const { key, value } of messages) (found[String(key)] ??= []).push(String(value).slice(0, 2));
    },
  });
  await reader.close();
  return Object.fromEntries(Object.entries(found).map(([key, values]) => [key, [...new Set(values)]]));
}

async function eventually(assertion: () => Promise<void> | void, timeoutMs = 30_000): Promise<void> {
  for (const endsAt = Date.now() + timeoutMs; ; await systemClock.sleep(50))
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > endsAt) throw error;
    }
}

describe.each(['polling', 'streaming'] as const)('trap 12: rows that no broker takes, %s', (reader) => {
  beforeEach(async () => {
    fatal = [];
    const options = { url: scratch.url, schema: unique('parking'), applicationName: 'parking-test' };
    database = await Database.connect(options, [CreateOutboxTables]);
    await database.migrate();
  });
  afterEach(async () => {
    await relay.stop();
    await publisher.close();
    const slots = 'FROM pg_replication_slots WHERE database = current_database()';
    await database.query(`SELECT pg_terminate_backend(active_pid, 5000) ${slots} AND active_pid IS NOT NULL`);
    await database.query(`SELECT pg_drop_replication_slot(slot_name) ${slots}`);
    await database.close();
    expect(fatal).toEqual([]);
  });
  const parked = () => new PostgresParkedKeys(database).findParked(10);
  const untilPending = (rows: number) =>
    eventually(async () => expect((await new PostgresOutboxStore(database).findBacklog()).rows).toBe(rows));
  /** Streaming begins a moment after the first poll. */
  const untilReading = () =>
    eventually(async () => {
      const slots = await database.query(
        'SELECT FROM pg_replication_slots WHERE active AND database = current_database()',
      );
      expect(slots).toHaveLength(reader === 'streaming' ? 1 : 0);
    });

  test('a row larger than its topic takes parks its key; when the limit is raised and the key released, its rows come in order', async () => {
    const topic = await createTopic();
    await setLimit(topic, 2_000);
    startRelay(reader);
    await untilReading();
    const texts = ['a1', 'b1', `b2${'x'.repeat(3_000)}`, 'b3', 'c1'];
    await append(...texts.map((text) => aMessage(topic, text.slice(0, 1), text)));
    await untilPending(0);
    await append(...['a2', 'b4'].map((text) => aMessage(topic, text.slice(0, 1), text)));
    await untilPending(0);
    expect(await valuesOf(topic)).toEqual({ a: ['a1', 'a2'], b: ['b1'], c: ['c1'] });
    expect(await parked()).toMatchObject([{ key: 'b', code: 'HUB_PAYLOAD_TOO_LARGE', rows: 3 }]);
    await eventually(() => expect(gauges.get('plumbline_outbox_parked_keys')).toBe(1));
    await setLimit(topic, 100_000);
    await new PostgresParkedKeys(database).requestRelease(['b']);
    await append(aMessage(topic, 'b', 'b5'));
    await eventually(async () => expect((await valuesOf(topic))['b']).toEqual(['b1', 'b2', 'b3', 'b4', 'b5']));
    expect(await parked()).toEqual([]);
    await untilPending(0);
  });

  test('a key that is released while its reason is still there is parked again, also by another leader', async () => {
    const topic = await createTopic();
    await setLimit(topic, 2_000);
    startRelay(reader);
    await append(aMessage(topic, 'b', `b1${'x'.repeat(3_000)}`), aMessage(topic, 'b', 'b2'));
    await untilPending(0);
    await new PostgresParkedKeys(database).requestRelease('all');
    await eventually(async () => expect(await parked()).toMatchObject([{ isReleased: false, rows: 2 }]));
    await relay.stop();
    await publisher.close();
    startRelay(reader);
    await append(aMessage(topic, 'b', 'b3'), aMessage(topic, 'c', 'c1'));
    await untilPending(0);
    expect(await parked()).toMatchObject([{ key: 'b', rows: 3 }]);
    expect(await valuesOf(topic)).toEqual({ c: ['c1'] });
  });

  test('a topic that was written to and is deleted parks the keys that name it, and not the relay', async () => {
    const [kept, deleted] = [await createTopic(), await createTopic()];
    startRelay(reader);
    await append(aMessage(deleted, 'a', 'a1'), aMessage(kept, 'b', 'b1'));
    await untilPending(0);
    await topics.deleteTopics([deleted]);
    const isGone = () => expect(topics.endOffsets(deleted)).rejects.toMatchObject({ code: 'HUB_TOPIC_MISSING' });
    await eventually(isGone);
    await append(aMessage(kept, 'c', 'c1'), aMessage(deleted, 'a', 'a2'), aMessage(kept, 'd', 'd1'));
    await append(aMessage(deleted, 'e', 'e1'), aMessage(kept, 'a', 'a3'), aMessage(kept, 'b', 'b2'));
    await untilPending(0);
    expect(await parked()).toMatchObject(['a', 'e'].map((key) => ({ key, code: 'HUB_TOPIC_MISSING' })));
    // a3 may be there: the broker wrote what it could of the request that it refused
    expect(await valuesOf(kept)).toMatchObject({ b: ['b1', 'b2'], c: ['c1'], d: ['d1'] });
    await topics.ensure([{ name: deleted, kind: 'change', partitions: 3 }]);
    await new PostgresParkedKeys(database).requestRelease('all');
    await eventually(async () => expect(await valuesOf(deleted)).toEqual({ a: ['a2'], e: ['e1'] }));
    await eventually(async () => expect((await valuesOf(kept))['a']).toEqual(['a3']));
  });

  test('a topic with a name that Kafka does not allow parks the key', async () => {
    const topic = await createTopic();
    startRelay(reader);
    await append(aMessage(topic, 'a', 'a1'), aMessage('no such name!', 'b', 'b1'), aMessage(topic, 'c', 'c1'));
    await untilPending(0);
    expect(await parked()).toMatchObject([{ key: 'b', rows: 1 }]);
    expect(await valuesOf(topic)).toEqual({ a: ['a1'], c: ['c1'] });
  });
});
