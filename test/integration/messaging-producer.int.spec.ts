import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import kafkajs, { type EachMessagePayload, type IHeaders } from 'kafkajs';
import { KafkaEventPublisher, KafkaTopics } from '#messaging-kafka';
import { decodeHeaders, encodeHeaders, type MessageHeaders, type OutboxRow } from '#outbox';
import { serverAddresses, unique } from '../harness/servers.js';
import { KafkaProxy, passOn, type ProduceRule } from './messaging-proxy.js';

const { kafkaBrokers } = serverAddresses();
const connection = { brokers: kafkaBrokers, clientId: 'producer-test' };
const topics = new KafkaTopics(connection);
const created: string[] = [];

afterAll(async () => {
  await topics.deleteTopics(created);
  await topics.close();
});

async function createTopic(partitions: number): Promise<string> {
  const name = unique('producer');
  await topics.ensure([{ name, kind: 'change', partitions }]);
  created.push(name);
  return name;
}

const aRow = (topic: string, index: number): OutboxRow => ({
  sequence: BigInt(index),
  topics: [topic],
  key: `SKU-${index % 997}@lager-ü`,
  value: Buffer.from(`value ${index}`),
  headers: encodeHeaders({
    ce_id: String(index),
    ce_source: '/systems/erp',
    ce_subject: `größe ${index % 997}`,
    long: 'x'.repeat(70),
  }),
});

interface Found {
  readonly key: string;
  readonly value: string;
  readonly headers: MessageHeaders;
}

/** Everything in a topic, by a plain kafkajs consumer, in the order of each partition. */
async function readBack(topic: string, expected: number): Promise<Found[]> {
  const client = new kafkajs.Kafka({
    brokers: [...kafkaBrokers],
    clientId: 'reader',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const consumer = client.consumer({ groupId: unique('reader'), maxWaitTimeInMs: 50 });
  const found: Found[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    const eachMessage = async ({ message: { key, value, headers } }: EachMessagePayload): Promise<void> => {
      found.push({ key: String(key), value: String(value), headers: texts(headers) });
      if (found.length === expected) resolve();
    };
    consumer.run({ eachMessage }).catch(reject);
  });
  await consumer.disconnect();
  return found;
}

const texts = (headers: IHeaders = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));

async function messagesIn(topic: string): Promise<bigint> {
  const ends = await topics.endOffsets(topic);
  return [...ends.values()].reduce((sum, end) => sum + end, 0n);
}

test('20,000 messages over 6 partitions arrive once, equal and in order per key', async () => {
  const topic = await createTopic(6);
  const publisher = new KafkaEventPublisher(connection);
  const rows = Array.from({ length: 20_000 }, (_, index) => aRow(topic, index));
  for (let from = 0; from < rows.length; from += 1_000) await publisher.publish(rows.slice(from, from + 1_000));
  await publisher.close();
  expect(await messagesIn(topic)).toBe(20_000n);
  const byKey = new Map<string, Found[]>();
  for (const message of await readBack(topic, rows.length))
    byKey.set(message.key, [...(byKey.get(message.key) ?? []), message]);
  const wanted = new Map<string, Found[]>();
  for (const { key, value, headers } of rows)
    wanted.set(key, [...(wanted.get(key) ?? []), { key, value: value.toString(), headers: decodeHeaders(headers) }]);
  expect(Object.fromEntries(byKey)).toEqual(Object.fromEntries(wanted));
}, 120_000);

describe('behind a proxy', () => {
  let proxy: KafkaProxy;
  let publisher: KafkaEventPublisher;
  let topic: string;
  beforeAll(async () => {
    proxy = await KafkaProxy.start(kafkaBrokers[0] ?? '');
  });
  afterAll(() => proxy.stop());
  beforeEach(async () => {
    topic = await createTopic(2);
    publisher = new KafkaEventPublisher({ ...connection, brokers: [proxy.address], requestTimeoutMs: 2_000 });
    await publisher.publish([0, 1, 2].map((index) => aRow(topic, index)));
  });
  afterEach(async () => {
    proxy.rule = passOn;
    await publisher.close();
  });

  const publishOne = (index: number): Promise<void> => publisher.publish([aRow(topic, index)]);
  /** Applies a rule to the first request only. */
  const once = (rule: ProduceRule): void => {
    proxy.rule = (frame) => {
      proxy.rule = passOn;
      return rule(frame);
    };
  };

  test('a request that reaches the broker twice is written once', async () => {
    let repeated = 0;
    proxy.rule = (frame) => ((repeated += 1), [frame, frame]);
    await publisher.publish(Array.from({ length: 50 }, (_, index) => aRow(topic, 3 + index)));
    await publishOne(53);
    expect(repeated).toBe(2);
    expect(await messagesIn(topic)).toBe(54n);
  }, 30_000);

  test('a batch that the broker refuses is an error to retry, and the next publish works', async () => {
    once((frame) => {
      const spoilt = Buffer.from(frame);
      spoilt[spoilt.length - 1] = (spoilt.at(-1) ?? 0) ^ 1; // the checksum no longer holds
      return [spoilt];
    });
    await expect(publishOne(3)).rejects.toMatchObject({ code: 'HUB_BROKER_UNREACHABLE', disposition: 'retry' });
    await publishOne(3);
    await publishOne(4);
    const values = (await readBack(topic, 5)).map((message) => message.value);
    expect(values.sort()).toEqual([0, 1, 2, 3, 4].map((index) => `value ${index}`));
  }, 30_000);

  test('a connection that ends before the answer is an error to retry, and the next publish works', async () => {
    once(() => []);
    await expect(publishOne(3)).rejects.toMatchObject({ code: 'HUB_BROKER_UNREACHABLE', disposition: 'retry' });
    await publishOne(3);
    expect(await messagesIn(topic)).toBe(4n);
  }, 30_000);

  test.each([
    ['NOT_LEADER_OR_FOLLOWER', 6],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20],
    ['UNKNOWN_TOPIC_OR_PARTITION of a leader that lags behind', 3],
  ])(
    '%s is an error to retry, and the next publish works',
    async (_name, code) => {
      proxy.errorCode = code;
      await expect(publishOne(3)).rejects.toMatchObject({ code: 'HUB_BROKER_UNREACHABLE', disposition: 'retry' });
      proxy.errorCode = null;
      await publishOne(3);
      expect(await messagesIn(topic)).toBe(5n); // the broker had written what the answer denied: at least once
    },
    30_000,
  );

  test('no answer within the time is an error to retry', async () => {
    proxy.rule = () => [Buffer.alloc(0)];
    await expect(publishOne(3)).rejects.toMatchObject({ code: 'HUB_BROKER_UNREACHABLE', disposition: 'retry' });
    proxy.rule = passOn;
    await publishOne(3);
    expect(await messagesIn(topic)).toBe(4n);
  }, 30_000);
});

test('calls made at the same time are sent one after another, and an error of one is not an error of the other', async () => {
  const topic = await createTopic(3);
  const publisher = new KafkaEventPublisher(connection);
  const missing = publisher.publish([aRow(unique('missing'), 0)]);
  const others = Array.from({ length: 20 }, (_, index) => publisher.publish([aRow(topic, index)]));
  await expect(missing).rejects.toMatchObject({ code: 'HUB_TOPIC_MISSING' });
  await Promise.all(others);
  expect(await messagesIn(topic)).toBe(20n);
  await publisher.close();
}, 30_000);

test('a batch that is larger than its topic takes is HUB_PAYLOAD_TOO_LARGE', async () => {
  const topic = await createTopic(1);
  const publisher = new KafkaEventPublisher(connection);
  const large = { ...aRow(topic, 0), value: Buffer.alloc(1_100_000) };
  await expect(publisher.publish([large])).rejects.toMatchObject({
    code: 'HUB_PAYLOAD_TOO_LARGE',
    disposition: 'stop',
  });
  await publisher.close();
}, 30_000);

test('credentials travel with the connection: a broker that wants none refuses them', async () => {
  const sasl = { mechanism: 'plain', username: 'u', password: 'p' } as const;
  const publisher = new KafkaEventPublisher({ ...connection, sasl });
  const refused = publisher.publish([aRow(await createTopic(1), 0)]);
  await expect(refused).rejects.toMatchObject({ details: { type: 'ILLEGAL_SASL_STATE' } });
  await publisher.close();
}, 30_000);

test('TLS travels with the connection: a broker without it is out of reach', async () => {
  const publisher = new KafkaEventPublisher({ ...connection, ssl: true });
  const refused = publisher.publish([aRow(await createTopic(1), 0)]);
  await expect(refused).rejects.toMatchObject({ code: 'HUB_BROKER_UNREACHABLE' });
  await publisher.close();
}, 30_000);
