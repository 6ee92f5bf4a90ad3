import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { GoldenEvent } from '#contracts';
import { silentLogger, type BusinessKey, type HubError, type Instant } from '#kernel';
import { AvroCodec, EventCodec, KafkaEventPublisher, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { createMetrics, type RunningApp } from '#observability';
import { encodeHeaders } from '#outbox';
import { eventually } from '#testing';
import pg from 'pg';
import { createDatabase, serverAddresses, unique, type ScratchDatabase } from '../../test/harness/servers.js';
import { startOwnService } from './start-own-service.js';

jest.setTimeout(90_000);
const { kafkaBrokers: brokers, registryUrl } = serverAddresses();
const connection = { brokers, clientId: 'own-service-test' };
const name = unique('own-service').replaceAll('-', '_');
const topics = { orders: `${name}.orders.v1`, products: `${name}.products.v1`, deadLetters: `${name}.dead-letter.v1` };
const admin = new KafkaTopics(connection);
const publisher = new KafkaEventPublisher(connection);
const codec = new AvroCodec(new SchemaRegistry({ url: registryUrl }));
let scratch: ScratchDatabase;
let pool: pg.Pool;
let app: RunningApp;
let armed = '';
let fatal: HubError[] = [];
let sequence = 0n;

beforeAll(async () => {
  scratch = await createDatabase('own_service');
  pool = new pg.Pool({ connectionString: scratch.url, max: 2, options: `-c search_path=${name}` });
  await codec.ensureSchemas();
  await admin.ensure([
    { name: topics.orders, kind: 'change', partitions: 1 },
    { name: topics.products, kind: 'golden', partitions: 1 },
    { name: topics.deadLetters, kind: 'dead-letter', partitions: 1 },
  ]);
  app = await start();
});

beforeEach(() => {
  armed = '';
  fatal = [];
});

afterAll(async () => {
  await app.close();
  await publisher.close();
  await admin.deleteTopics(Object.values(topics));
  await admin.close();
  await pool.end();
  await scratch.drop();
});

test('an order is stored and its event published', async () => {
  const response = await place({ sku: 'A-1', quantity: 2 });
  expect(response.status).toBe(201);
  const { id } = (await response.json()) as { id: string };
  expect(await orderIds()).toEqual([id]);
  await eventually(async () => expect(await publishedKeys()).toEqual([id]), { timeoutMs: 20_000 });
});

test('a body that is no order, and a call without token, are refused', async () => {
  expect((await place({ sku: 'A-1', quantity: 0 })).status).toBe(400);
  expect((await fetch(`${app.url}/orders`, { method: 'POST' })).status).toBe(401);
});

test.each(['between order and event', 'before the commit of an order'])(
  'an order that fails %s leaves neither row nor event',
  async (point) => {
    const before = [await orderIds(), await outboxCount()];
    armed = point;
    expect((await place({ sku: 'A-2', quantity: 1 })).status).toBe(500);
    expect([await orderIds(), await outboxCount()]).toEqual(before);
    expect(await publishedKeys()).toEqual(await orderIds());
  },
);

test('the copy follows the golden products; one that is deleted leaves it', async () => {
  await publish(aProduct('P-1', { name: { de: 'Schraube' }, active: true }), aProduct('P-2', {}));
  await eventually(async () => expect(await copies()).toEqual(['P-1 {"de":"Schraube"} true', 'P-2 null null']), {
    timeoutMs: 20_000,
  });
  await publish({ ...aProduct('P-1', {}), status: 'deleted' });
  await eventually(async () => expect(await copies()).toEqual(['P-2 null null']), { timeoutMs: 20_000 });
});

test('a consumer that dies between copy and offset loses nothing and doubles nothing when it comes back', async () => {
  await pool.query(`
    CREATE TABLE write_log (n bigint GENERATED ALWAYS AS IDENTITY, sku text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN INSERT INTO write_log (sku) VALUES (NEW.sku); RETURN NEW; END';
    CREATE TRIGGER note AFTER INSERT OR UPDATE ON product_copy FOR EACH ROW EXECUTE FUNCTION note()`);
  armed = 'between copy and offset';
  await publish(aProduct('P-3', { active: false }), aProduct('P-4', { active: true }));
  await eventually(async () => expect(fatal).toHaveLength(1), { timeoutMs: 20_000 });
  expect(await copies()).toEqual(['P-2 null null']);
  await app.close();
  armed = '';
  app = await start();
  await publish(aProduct('P-5', { active: true }));
  await eventually(
    async () => expect(await copies()).toEqual(['P-2 null null', 'P-3 null false', 'P-4 null true', 'P-5 null true']),
    { timeoutMs: 30_000 },
  );
  const { rows } = await pool.query<{ sku: string }>('SELECT sku FROM write_log ORDER BY n');
  expect(rows.map(({ sku }) => sku)).toEqual(['P-3', 'P-4', 'P-5']);
});

function start(): Promise<RunningApp> {
  return startOwnService({
    databaseUrl: scratch.url,
    schema: name,
    brokers,
    registryUrl,
    topics,
    http: { host: '127.0.0.1', port: 0, token: 'secret' },
    logger: silentLogger,
    metrics: createMetrics(),
    onFatal: (error) => fatal.push(error),
    failpoint: (point) => {
      if (point === armed) throw new Error(`failpoint: ${point}`);
    },
  });
}

function place(body: unknown): Promise<Response> {
  const headers = { authorization: 'Bearer secret', 'content-type': 'application/json' };
  return fetch(`${app.url}/orders`, { method: 'POST', headers, body: JSON.stringify(body) });
}

async function orderIds(): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>('SELECT id FROM "order" ORDER BY placed_at');
  return rows.map(({ id }) => id);
}

async function outboxCount(): Promise<string | undefined> {
  return (await pool.query<{ n: string }>('SELECT count(*) AS n FROM outbox')).rows[0]?.n;
}

async function copies(): Promise<string[]> {
  const { rows } = await pool.query<Record<string, unknown>>('SELECT sku, name, active FROM product_copy ORDER BY sku');
  return rows.map(({ sku, name, active }) => `${String(sku)} ${JSON.stringify(name)} ${String(active)}`);
}

/** Keys in the topic of orders, read by a consumer that knows nothing of us. */
async function publishedKeys(): Promise<string[]> {
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: unique('own-service-reader') });
  const wanted = [...(await admin.endOffsets(topics.orders)).values()].reduce((sum, offset) => sum + offset, 0n);
  const keys: string[] = [];
  if (wanted === 0n) return keys;
  await consumer.connect();
  await consumer.subscribe({ topics: [topics.orders], fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void keys.push(String(message.key)) });
  await eventually(async () => expect(keys.length).toBeGreaterThanOrEqual(Number(wanted)), { timeoutMs: 15_000 });
  await consumer.disconnect();
  return keys;
}

async function publish(...events: readonly GoldenEvent[]): Promise<void> {
  const encoder = new EventCodec(codec);
  const rows = events.map((event) => {
    sequence += 1n;
    const value = encoder.encodeGolden({ ...event, sequence });
    return { sequence, topics: [topics.products], key: event.key, value, headers: encodeHeaders({}) };
  });
  await publisher.publish(rows);
}

function aProduct(key: string, fields: GoldenEvent['fields']): GoldenEvent {
  const origin = { system: 'pim', at: null, rule: 'owner' } as unknown as GoldenEvent['origins'][string];
  return {
    entity: 'product',
    key: key as BusinessKey,
    version: 1n,
    sequence: 0n,
    status: 'live',
    policyVersion: 1,
    changedAt: '2026-11-23T04:05:06.000000Z' as Instant,
    merged: [],
    fields,
    origins: Object.fromEntries(Object.keys(fields).map((field) => [field, origin])),
  };
}
