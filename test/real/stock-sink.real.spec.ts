import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import { topicNames, type GoldenEvent } from '#contracts';
import { toMessages } from '#golden-record/testing';
import type { BusinessKey, CanonicalFields, Instant, SystemId } from '#kernel';
import { AvroCodec, KafkaEventPublisher, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { Database } from '#store-postgres';
import { eventually } from '#testing';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../harness/servers.js';
import { ConnectWorker } from './stock-sink.js';

jest.setTimeout(300_000);
// Not part of `npm test`: Maven needs a minute on a small machine.
const { kafkaBrokers, registryUrl } = serverAddresses();
const connection = { brokers: kafkaBrokers, clientId: 'stock-sink-test' };
const prefix = `${unique('sink')}.`;
const topic = `${prefix}golden.product.v1`;
const topics = new KafkaTopics(connection);
const publisher = new KafkaEventPublisher(connection);
const codec = new AvroCodec(new SchemaRegistry({ url: registryUrl }));
const LONG = { timeoutMs: 60_000 };
let worker: ConnectWorker;
let scratch: ScratchDatabase;
let database: Database;
let sequence = 0n;

beforeAll(async () => {
  scratch = await createDatabase('stock_sink');
  database = await Database.connect({ url: scratch.url, schema: 'public', applicationName: 'stock-sink-test' }, []);
  await database.query('CREATE EXTENSION IF NOT EXISTS hstore');
  await topics.ensure([{ name: topic, kind: 'golden', partitions: 2 }]);
  await codec.ensureSchemas();
  worker = await ConnectWorker.start(kafkaBrokers);
  await worker.configure('products', sinkConfig());
});
afterAll(async () => {
  await worker.stop();
  await publisher.close();
  await topics.deleteTopics([topic]);
  await topics.close();
  await database.close();
  await scratch.drop();
});

/** The example as it stands, at the addresses of this test. */
function sinkConfig(): Record<string, string> {
  const file = join(import.meta.dirname, '../../examples/stock-sink/golden-product.json');
  const example = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
  const { hostname, port, username, password, pathname } = new URL(scratch.url);
  return {
    ...example,
    topics: topic,
    'connection.url': `jdbc:postgresql://${hostname}:${port}${pathname}`,
    'connection.username': decodeURIComponent(username),
    'connection.password': decodeURIComponent(password),
    'value.converter.apicurio.registry.url': `${new URL(registryUrl).origin}/apis/registry/v2`,
  };
}

async function publish(...events: Partial<GoldenEvent>[]): Promise<void> {
  const publications = events.map((event) => ({ kind: 'answer' as const, isBulk: false, event: aProduct(event) }));
  const rows = toMessages(publications, topicNames(prefix), codec);
  await publisher.publish(rows.map((row) => ({ ...row, sequence: (sequence += 1n) })));
}

async function rows(): Promise<Record<string, unknown>[]> {
  const { state, trace } = (await worker.stateOf('products')).tasks[0] ?? { state: 'none' };
  if (state === 'FAILED') throw new Error(trace);
  return database.query('SELECT * FROM product ORDER BY key');
}

test('a stock JDBC sink keeps a table that is the topic: creates, changes, exact values, deletes, new lives, erasures', async () => {
  await publish(
    { key: key('A'), fields: { ean: '4006381333931', weight: '-1.2800', active: true, name: { de: 'Größe 🔩' } } },
    { key: key('B'), fields: { brand: "O'Brien", weight: '12345678901234.5678' } },
    { key: key('C'), fields: { brand: 'C' } },
    { key: key('D'), fields: {} },
  );
  await eventually(async () => expect((await rows()).map((row) => row['key'])).toEqual(['A', 'B', 'C', 'D']), LONG);
  const [a, b, , d] = await rows();
  expect(a).toMatchObject({ ean: '4006381333931', weight: '-1.2800', active: true, status: 'live', version: '1' });
  expect(a).toMatchObject({ name: '"de"=>"Größe 🔩"' });
  expect(b).toMatchObject({ brand: "O'Brien", weight: '12345678901234.5678', ean: null });
  expect(d).toMatchObject({ brand: null, status: 'live' });

  await publish(
    { key: key('A'), version: 2n, fields: { ean: null, weight: '0' } },
    { key: key('B'), version: 2n, status: 'deleted', fields: { brand: "O'Brien" } },
    { key: key('C'), version: 2n, status: 'deleted', fields: { brand: 'C' } },
    { key: key('C'), version: 3n, fields: { brand: 'again' } },
  );
  await erase('D');
  await eventually(async () => {
    const found = await rows();
    expect(found.map((row) => [row['key'], row['version'], row['brand']])).toEqual([
      ['A', '2', null],
      ['C', '3', 'again'],
    ]);
  }, LONG);
  expect((await rows())[0]).toMatchObject({ ean: null, weight: '0.0000' });
});

const key = (text: string): BusinessKey => text as BusinessKey;

async function erase(erased: string): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...kafkaBrokers], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, messages: [{ key: erased, value: null }] });
  await producer.disconnect();
}

function aProduct(change: Partial<GoldenEvent>): GoldenEvent {
  const fields: CanonicalFields = change.fields ?? {};
  const origin = { system: 'pim' as SystemId, at: null, rule: 'owner' };
  return {
    ...{ entity: 'product', key: key('A'), version: 1n, sequence: 1n, status: 'live', policyVersion: 1 },
    ...{ changedAt: '2026-11-23T04:05:06.000000Z' as Instant, merged: [], fields },
    origins: Object.fromEntries(Object.keys(fields).map((name) => [name, origin])),
    ...change,
  };
}
