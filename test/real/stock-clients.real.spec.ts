import kafkajs from 'kafkajs';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { GoldenEvent } from '#contracts';
import { AvroCodec, EventCodec, KafkaEventPublisher, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import type { BusinessKey, CanonicalFields, Instant, SystemId } from '#kernel';
import { serverAddresses, unique } from '../harness/servers.js';
import { firstLines, javaClient, pythonClient, type StockClient } from './stock-clients.js';

jest.setTimeout(300_000);
// Not part of `npm test`: pip, Maven and the Java compiler need minutes on a small machine.
const { kafkaBrokers, registryUrl } = serverAddresses();
const connection = { brokers: kafkaBrokers, clientId: 'stock-clients-test' };
const topics = new KafkaTopics(connection);
const publisher = new KafkaEventPublisher(connection);
const topic = `${unique('stock-clients')}.golden.product.v1`;

/** What was meant, and how a stock client must see it: a decimal has the scale of the schema, four digits. */
const CASES: readonly { readonly fields: CanonicalFields; readonly seen: Readonly<Record<string, unknown>> }[] = [
  { fields: {}, seen: {} },
  {
    fields: { ean: null, name: null, weight: null, active: null },
    seen: { ean: null, name: null, weight: null, active: null },
  },
  { fields: { ean: '', active: false }, seen: { ean: '', active: false } },
  {
    fields: { name: { de: 'Größe „M“ 🔩', en: "O'Brien" }, brand: 'Ω', active: true },
    seen: { name: { de: 'Größe „M“ 🔩', en: "O'Brien" }, brand: 'Ω', active: true },
  },
  { fields: { weight: '0.0001' }, seen: { weight: '0.0001' } },
  { fields: { weight: '-1.28' }, seen: { weight: '-1.2800' } },
  { fields: { weight: '-0.0128' }, seen: { weight: '-0.0128' } },
  { fields: { weight: '0' }, seen: { weight: '0.0000' } },
  { fields: { weight: '12345678901234.5678' }, seen: { weight: '12345678901234.5678' } },
  { fields: { weight: '-99999999999999.9999' }, seen: { weight: '-99999999999999.9999' } },
];
const EXPECTED = [
  ...CASES.map(({ seen }, n) => ({ key: `Ä-${n}`, version: n + 1, status: 'live', fields: seen })),
  { key: 'gone', version: 7, status: 'deleted', fields: {} },
  { key: 'erased', status: 'erased' },
];
let clients: Readonly<Record<string, StockClient>>;

beforeAll(async () => {
  const [python, java] = await Promise.all([pythonClient(), javaClient(), publish()]);
  clients = { python, java };
});

afterAll(async () => {
  await publisher.close();
  await topics.deleteTopics([topic]);
  await topics.close();
});

test.each(['python', 'java'])(
  'stock %s reads absent, null, values, exact decimals, deletes and erasures',
  async (name) => {
    const env = {
      KAFKA_BROKERS: kafkaBrokers.join(','),
      REGISTRY_URL: registryUrl,
      TOPIC: topic,
      GROUP_ID: unique(name),
    };
    expect(await firstLines(clients[name] as StockClient, env, EXPECTED.length)).toEqual(EXPECTED);
  },
);

async function publish(): Promise<void> {
  await topics.ensure([{ name: topic, kind: 'golden', partitions: 1 }]);
  const codec = new AvroCodec(new SchemaRegistry({ url: registryUrl }));
  await codec.ensureSchemas();
  const events = new EventCodec(codec);
  const golden = [
    ...CASES.map(({ fields }, n) => aProduct({ key: `Ä-${n}` as BusinessKey, version: BigInt(n + 1), fields })),
    aProduct({ key: 'gone' as BusinessKey, version: 7n, status: 'deleted' }),
  ];
  const rows = golden.map((event) => ({ key: event.key, value: events.encodeGolden(event) }));
  await publisher.publish(
    rows.map((row, n) => ({ ...row, sequence: BigInt(n + 1), topics: [topic], headers: encodeHeaders({}) })),
  );
  await publishTombstone();
}

/** What is left of a record after an erasure: our publisher writes none, a stock client must stand it. */
async function publishTombstone(): Promise<void> {
  const kafka = new kafkajs.Kafka({ brokers: [...kafkaBrokers], logLevel: kafkajs.logLevel.NOTHING });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, messages: [{ key: 'erased', value: null }] });
  await producer.disconnect();
}

function aProduct(change: Partial<GoldenEvent>): GoldenEvent {
  const fields = change.fields ?? {};
  const origin = { system: 'pim' as SystemId, at: null, rule: 'owner' };
  return {
    entity: 'product',
    key: 'A' as BusinessKey,
    version: 1n,
    sequence: 1n,
    status: 'live',
    policyVersion: 1,
    changedAt: '2026-11-23T04:05:06.000000Z' as Instant,
    merged: [],
    fields,
    origins: Object.fromEntries(Object.keys(fields).map((name) => [name, origin])),
    ...change,
  };
}
