import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  HEADERS,
  fromGoldenRecord,
  type AsOfReport,
  type ExplainReport,
  type GoldenEvent,
  type GoldenStatus,
  type Hold,
  type RevertReport,
} from '#contracts';
import { aContribution, type ContributionSketch } from '#golden-record/testing';
import { schemaName, topicsOf, type HubEntityMapping, type HubFile, type LiveLimits } from '#hub-file';
import { silentLogger, type HubError, type SystemId } from '#kernel';
import {
  AvroCodec,
  EventCodec,
  KafkaEventPublisher,
  KafkaTopics,
  SchemaRegistry,
  TopicReader,
  type KafkaConnection,
  type TopicPage,
} from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { createMetrics, type RunningApp } from '#observability';
import { ownLanes } from '#replay';
import { Database } from '#store-postgres';
import { eventually } from '#testing';
import { startGolden, type GoldenOptions } from '../../apps/golden/start-golden.js';
import { serverAddresses, unique } from '../harness/servers.js';

const LONG = { timeoutMs: 30_000 };
const TOKEN = 'a-token-for-this-test';
const prefix = `${unique('g')}.`;
const [ERP, SHOP] = ['erp', 'shop'] as unknown as readonly [SystemId, SystemId];
const limits: LiveLimits = {
  windowMs: 60_000,
  maxChangedShare: 0.2,
  minChanged: 500,
  maxDeleteShare: 0.005,
  minDeletes: 5,
  toZero: { amount: { max: 2 } },
  changedBy: {},
};
const mapping: HubEntityMapping = { source: 'price', key: ['sku'], fields: {}, options: {} };
const system = (id: SystemId): HubFile['systems'][number] => {
  return { id, connector: 'sql', mode: 'observe', config: {}, entities: { price: mapping } };
};
const file: HubFile = {
  hub: { name: 'test', topicPrefix: prefix, port: 0, partitions: 2 },
  systems: [system(ERP), system(SHOP)],
  survivorship: {
    price: { version: 1, create: [ERP], delete: [ERP], fields: { amount: { kind: 'owner', system: ERP } } },
  },
  liveLimits: { customer: limits, price: limits, product: limits, 'stock-level': limits },
  repairLimits: {} as HubFile['repairLimits'],
  reconcile: { everyMs: 0, keepRoundsMs: 0, keepAuditMs: 0, maxRateShare: 0.2 },
};

describe('golden as a process', () => {
  const servers = serverAddresses();
  const connection = { brokers: servers.kafkaBrokers, clientId: 'golden-test', logger: silentLogger };
  const codec = new AvroCodec(new SchemaRegistry({ url: servers.registryUrl }));
  const topics = new KafkaTopics(connection);
  const publisher = new KafkaEventPublisher(connection);
  const fatal: HubError[] = [];
  const options: GoldenOptions = {
    file,
    servers: { brokers: servers.kafkaBrokers, registryUrl: servers.registryUrl, databaseUrl: servers.databaseUrl },
    http: { host: '127.0.0.1', port: 0, token: TOKEN },
    logger: silentLogger,
    metrics: createMetrics({ processMetrics: false }),
    onFatal: (error) => fatal.push(error),
  };
  let app: RunningApp;

  beforeAll(async () => {
    await codec.ensureSchemas();
    await topics.ensure(topicsOf(file));
    app = await startGolden(options);
  }, 60_000);

  afterAll(async () => {
    await app.close();
    await publisher.close();
    await topics.deleteTopics([...topicsOf(file).map(({ name }) => name), ...ownLanes(file)]);
    await topics.close();
    const schema = schemaName(file, 'golden');
    const database = await Database.connect({ url: servers.databaseUrl, schema, applicationName: 'golden-test' }, []);
    await database.query(`DROP SCHEMA "${schema}" CASCADE`);
    await database.close();
    expect(fatal).toEqual([]);
  }, 60_000);

  const publish = async (sketches: readonly ContributionSketch[], batch: string, trace?: string): Promise<void> => {
    const rows = sketches.map((sketch, index) => {
      const event = aContribution({ entity: 'price', ...sketch });
      const ofBatch = { [HEADERS.batch]: batch, [HEADERS.batchSize]: String(sketches.length) };
      const headers = encodeHeaders({ ...ofBatch, ...(trace !== undefined && { [HEADERS.traceParent]: trace }) });
      const value = new EventCodec(codec).encodeContribution(event);
      return {
        sequence: BigInt(index),
        topics: [`${prefix}${event.system}.price.changed.v1`],
        key: event.externalId,
        value,
        headers,
      };
    });
    await publisher.publish(rows);
  };
  const call = async <T>(path: string, body?: object): Promise<T> => {
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const init = body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers };
    return (await (await fetch(`${app.url}${path}`, init)).json()) as T;
  };
  const amount = async (key: string): Promise<unknown> => {
    return (await call<ExplainReport>(`/explain/price/${key}`)).fields?.['amount']?.value;
  };
  const prices = (value: string, sequence: bigint): ContributionSketch[] =>
    ['P/1', 'P-2', 'P-3', 'P-4'].map((key) => ({ key, sequence, at: Number(sequence), fields: { amount: value } }));

  test('merges change topics into the golden topic and answers as of a time and why', async () => {
    await publish(prices('9.90', 1n), 'first');
    // no order is promised between topics: a shop that comes first is foreign, and needs no answer
    await eventually(async () => expect(await amount('P-2')).toBe('9.9'), LONG);
    await publish([{ system: 'shop', key: 'P-2', at: 5, fields: { amount: '1' } }], 'shop');
    await eventually(async () => {
      const seen = await readGolden(connection, codec);
      expect(seen.get('P-2')).toMatchObject({ version: 1n, sequence: 2n, fields: { amount: '9.9' } });
    }, LONG);
    expect(await call<GoldenStatus>('/status')).toMatchObject({
      entities: [{ entity: 'price', live: 4 }],
      openHolds: 0,
    });
    expect(await call<AsOfReport>('/as-of/price/P%2F1')).toMatchObject({ version: '1', fields: { amount: '9.9' } });
    expect(await call('/as-of/price/P-2?at=yesterday')).toMatchObject({ code: 'HUB_REQUEST_INVALID' });
    const report = await call<ExplainReport>('/explain/price/P-2');
    expect(report.fields['amount']?.values.map(({ system: by, won }) => `${by} ${won}`)).toEqual([
      'erp true',
      'shop false',
    ]);
  }, 60_000);

  test('an event that follows from a change names the trace of the change, and no other does', async () => {
    const trace = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    await publish([{ key: 'P-9', sequence: 1n, at: 1, fields: { amount: '7' } }], 'traced', trace);
    await publish([{ key: 'P-8', sequence: 1n, at: 1, fields: { amount: '7' } }], 'untraced');
    await eventually(async () => {
      const found = new Map<string, string | undefined>();
      const reader = new TopicReader(connection);
      await reader.readToEnd({
        ...{ topic: `${prefix}golden.price.v1`, from: new Map<number, bigint>() },
        onPage: async ({ messages }) =>
          messages.forEach(({ key, headers }) => found.set(key, headers[HEADERS.traceParent])),
      });
      await reader.close();
      expect([found.has('P-8'), found.get('P-9'), found.get('P-8')]).toEqual([true, trace, undefined]);
    }, LONG);
  }, 60_000);

  test('holds a bad batch until someone decides, over a restart', async () => {
    await publish(prices('0', 2n), 'zeros');
    await eventually(async () => expect(await call<Hold[]>('/holds?state=open')).toHaveLength(1), LONG);
    await app.close();
    app = await startGolden(options);
    const [hold] = await call<Hold[]>('/holds?state=open');
    expect(hold).toMatchObject({ system: 'erp', rule: 'to-zero:amount', count: 4, limit: 2, state: 'open' });
    expect(await amount('P-3')).toBe('9.9');
    const decision = { digest: hold?.digest, actor: 'ann' };
    expect(await call(`/holds/${hold?.id}/approve`, { ...decision, digest: 'other' })).toMatchObject({
      code: 'HUB_APPROVAL_STALE',
    });
    expect(await call(`/holds/${hold?.id}/approve`, decision)).toMatchObject({ state: 'approved', decidedBy: 'ann' });
    await eventually(async () => expect(await amount('P-3')).toBe('0'), LONG);
    expect(await call<AsOfReport>(`/as-of/price/P-3?at=${hold?.openedAt}`)).toMatchObject({
      fields: { amount: '9.9' },
    });
  }, 60_000);

  test('what a revert put back outlives the loss of the database, until the source says another value', async () => {
    await publish([{ key: 'P-8', sequence: 2n, at: 2, fields: { amount: '3' } }], 'bad');
    await eventually(async () => expect(await amount('P-8')).toBe('3'), LONG);
    const { id } = await call<RevertReport>('/reverts', { entity: 'price', key: 'P-8', actor: 'ann' });
    const planned = await eventually(async () => {
      const report = await call<RevertReport>(`/reverts/${id}`);
      expect(report).toMatchObject({ state: 'planned', records: { planned: 1 } });
      return report;
    }, LONG);
    await call(`/reverts/${id}/apply`, { digest: planned.digest, actor: 'ann' });
    await eventually(async () => expect(await amount('P-8')).toBe('7'), LONG);
    await eventually(async () => expect(await call<GoldenStatus>('/status')).toMatchObject({ outboxRows: 0 }), LONG);
    await app.close();
    const schema = schemaName(file, 'golden');
    const database = await Database.connect({ url: servers.databaseUrl, schema, applicationName: 'golden-test' }, []);
    await database.query(`DROP SCHEMA "${schema}" CASCADE`);
    await database.close();
    app = await startGolden(options);
    await eventually(async () => expect(await amount('P-8')).toBe('7'), LONG);
    const report = await call<ExplainReport>('/explain/price/P-8');
    expect(report.fields['amount']).toMatchObject({ rule: 'override' });
    await publish([{ key: 'P-8', sequence: 3n, at: 3, fields: { amount: '4' } }], 'right');
    await eventually(async () => expect(await amount('P-8')).toBe('4'), LONG);
  }, 60_000);
});

/** The state of the golden topic: the last event of each key. */
async function readGolden(connection: KafkaConnection, codec: AvroCodec): Promise<Map<string, GoldenEvent>> {
  const reader = new TopicReader(connection);
  const topic = `${prefix}golden.price.v1`;
  const state = new Map<string, GoldenEvent>();
  try {
    const ranges = [...(await reader.offsets(topic))].filter(([, { low, high }]) => high > low);
    const from = new Map(ranges.map(([partition, { low }]) => [partition, low]));
    const left = new Map(ranges.map(([partition, { high }]) => [partition, high]));
    const onPage = async ({ partition, messages, nextOffset }: TopicPage): Promise<void> => {
      for (const { key, value } of messages)
        if (value) state.set(key, fromGoldenRecord('price', codec.decode(value).record));
      if (nextOffset >= (left.get(partition) ?? 0n)) left.delete(partition);
      if (left.size === 0) reader.stop();
    };
    if (left.size > 0) await reader.read({ topic, from, onPage });
  } finally {
    await reader.close();
  }
  return state;
}
