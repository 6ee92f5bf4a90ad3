import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AVRO_SCHEMAS, type AvroRecord } from '#contracts';
import { HubError, noMetrics, silentLogger, systemClock } from '#kernel';
import {
  AvroCodec,
  KafkaEventPublisher,
  KafkaTopics,
  SchemaRegistry,
  TopicReader,
  type RawMessage,
  type TopicPage,
} from '#messaging-kafka';
import { encodeHeaders, decodeHeaders, OutboxRelay, type OutboxRow } from '#outbox';
import { InMemoryOutboxStore } from '#outbox/testing';
import { serverAddresses, unique } from '../harness/servers.js';

const DRIFT = 'io.plumbline.hub.v1.DriftRecorded';
const { kafkaBrokers, registryUrl } = serverAddresses();
const connection = { brokers: kafkaBrokers, clientId: 'messaging-test' };
const deadPort = { brokers: ['127.0.0.1:1'], clientId: 'messaging-test' };
const prefix = `${unique('messaging')}.`;
const topics = new KafkaTopics(connection);
const publisher = new KafkaEventPublisher(connection);
const created: string[] = [];

afterAll(async () => {
  await publisher.close();
  await topics.deleteTopics(created);
  await topics.close();
});

async function createTopic(name: string, partitions = 1): Promise<string> {
  await topics.ensure([{ name: prefix + name, kind: 'change', partitions }]);
  created.push(prefix + name);
  return prefix + name;
}

const aRow = (topic: string, index: number, value = Buffer.from(String(index))): OutboxRow => ({
  sequence: BigInt(index),
  topics: [topic],
  key: `k${index % 5}`,
  value,
  headers: encodeHeaders({ ce_id: `"${index}" ü` }),
});

/** All messages of a topic's partitions from the given offsets to their ends of now. */
async function readAll(topic: string, from: ReadonlyMap<number, bigint>): Promise<RawMessage[]> {
  const reader = new TopicReader(connection);
  const ends = await reader.endOffsets(topic);
  const open = new Set(
    [...from].filter(([partition, offset]) => offset < (ends.get(partition) ?? 0n)).map(([id]) => id),
  );
  const found: RawMessage[] = [];
  const onPage = async (page: TopicPage): Promise<void> => {
    found.push(...page.messages);
    if (page.nextOffset >= (ends.get(page.partition) ?? 0n)) open.delete(page.partition);
    if (open.size === 0) reader.stop();
  };
  await reader.read({ topic, from, onPage, pageSize: 100 });
  await reader.close();
  return found;
}

describe('SchemaRegistry and AvroCodec', () => {
  const record: AvroRecord = {
    runId: 'r',
    system: 'erp',
    entity: 'price',
    externalId: '1',
    key: 'ü',
    kind: 'changed',
    fields: [],
    outcome: 'found',
    at: '2026-11-23T04:05:06.123456Z',
  };

  test('registers every schema once; another process reads what was written', async () => {
    const writer = new AvroCodec(new SchemaRegistry({ url: registryUrl }));
    const reader = new AvroCodec(new SchemaRegistry({ url: registryUrl }));
    await Promise.all([writer.ensureSchemas(), reader.ensureSchemas()]);
    const fresh = new AvroCodec(new SchemaRegistry({ url: `${registryUrl}/` }));
    const buffer = writer.encode(DRIFT, record);
    await fresh.prepare([buffer]);
    expect(fresh.decode(buffer)).toEqual({ typeName: DRIFT, record });
    expect(reader.encode(DRIFT, record)).toEqual(buffer);
  });

  test('sets FULL_TRANSITIVE before the first version and refuses what breaks it', async () => {
    const registry = new SchemaRegistry({ url: registryUrl });
    const subject = unique('io.plumbline.test');
    const withField = (type: string): string =>
      `{"type":"record","name":"T","fields":[{"name":"a","type":"string"},{"name":"b","type":"${type}"}]}`;
    const id = await registry.register(subject, withField('int'));
    expect(await registry.register(subject, withField('int'))).toBe(id);
    expect(await registry.find(id)).toBe(withField('int'));
    const level = (await (await fetch(`${registryUrl}/config/${subject}`)).json()) as { compatibilityLevel: string };
    expect(level.compatibilityLevel).toBe('FULL_TRANSITIVE');
    const refused = registry.register(subject, withField('boolean'));
    await expect(refused).rejects.toMatchObject({ code: 'HUB_SCHEMA_INCOMPATIBLE', disposition: 'stop' });
    await fetch(`${registryUrl}/subjects/${subject}`, { method: 'DELETE' });
  });

  test('several services may register the same new subject at once', async () => {
    const subject = unique('io.plumbline.test');
    const text = `{"type":"record","name":"R","namespace":"${subject}","fields":[]}`;
    const registering = Array.from({ length: 6 }, () =>
      new SchemaRegistry({ url: registryUrl }).register(subject, text),
    );
    expect(new Set(await Promise.all(registering)).size).toBe(1);
    await fetch(`${registryUrl}/subjects/${subject}`, { method: 'DELETE' });
  });

  test('an unknown id is null, an outage is not', async () => {
    expect(await new SchemaRegistry({ url: registryUrl }).find(2_000_000_000)).toBeNull();
    const outage = { code: 'HUB_REGISTRY_UNREACHABLE', disposition: 'retry' };
    await expect(new SchemaRegistry({ url: 'http://127.0.0.1:1' }).find(1)).rejects.toMatchObject(outage);
  });

  describe('a registry that misbehaves', () => {
    let server: Server;
    let answer: 'silence' | number;
    let url = '';
    beforeAll(async () => {
      server = createServer((_request, response) => {
        if (answer !== 'silence') response.writeHead(answer).end('<html>proxy</html>');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    afterAll(() => {
      server.closeAllConnections();
      server.close();
    });

    test.each([
      ['silence', 'HUB_REGISTRY_UNREACHABLE'],
      [503, 'HUB_REGISTRY_UNREACHABLE'],
      [404, 'HUB_REGISTRY_UNREACHABLE'],
      [401, 'HUB_CONFIG_INVALID'],
    ] as const)('%s is %s', async (given, code) => {
      answer = given;
      await expect(new SchemaRegistry({ url, timeoutMs: 300 }).find(1)).rejects.toMatchObject({ code });
    });
  });

  test('another client of the same wire format reads our messages', async () => {
    const { SchemaRegistry: OtherRegistry } = await import('@kafkajs/confluent-schema-registry');
    const codec = new AvroCodec(new SchemaRegistry({ url: registryUrl }));
    await codec.ensureSchemas();
    const decoded = (await new OtherRegistry({ host: registryUrl }).decode(codec.encode(DRIFT, record))) as AvroRecord;
    expect(decoded['key']).toBe('ü');
    expect(Object.keys(AVRO_SCHEMAS)).toContain(DRIFT);
  });
});

describe('KafkaTopics', () => {
  test('creates what is missing, then finds nothing to do, and reports what differs', async () => {
    const wanted = (['change', 'history', 'dead-letter'] as const).map((kind) => ({
      name: `${prefix}${kind}`,
      kind,
      partitions: 2,
    }));
    created.push(...wanted.map((spec) => spec.name));
    expect((await topics.ensure(wanted)).missing).toEqual(wanted);
    expect(await topics.plan(wanted)).toEqual({ missing: [], differingConfig: [], differingPartitions: [] });
    const other = wanted.map((spec) => ({ ...spec, kind: 'golden' as const, partitions: 3 }));
    const plan = await topics.ensure(other);
    expect(plan.differingPartitions).toHaveLength(3);
    expect(plan.differingConfig).toContainEqual({
      topic: `${prefix}history`,
      name: 'cleanup.policy',
      wanted: 'compact',
      actual: 'delete',
    });
  });

  test('a topic that is not there is HUB_TOPIC_MISSING', async () => {
    await expect(topics.endOffsets(`${prefix}none`)).rejects.toMatchObject({ code: 'HUB_TOPIC_MISSING' });
    await expect(publisher.publish([aRow(`${prefix}none`, 0)])).rejects.toMatchObject({ code: 'HUB_TOPIC_MISSING' });
  });
});

describe('KafkaEventPublisher and TopicReader', () => {
  test('publishes several topics and more than one request in order; reads from any offset', async () => {
    const [left, right] = [await createTopic('left', 3), await createTopic('right')];
    const rows = Array.from({ length: 600 }, (_, index) =>
      aRow(index % 2 ? left : right, index, Buffer.alloc(4_000, index)),
    );
    await publisher.publish(rows);
    const found = await readAll(left, new Map([0, 1, 2].map((partition) => [partition, 0n])));
    expect(found).toHaveLength(300);
    for (const key of ['k0', 'k1', 'k2', 'k3', 'k4']) {
      const ids = found.filter((message) => message.key === key).map((message) => message.headers['ce_id']);
      expect(ids).toEqual(
        rows
          .filter((row) => row.topics[0] === left && row.key === key)
          .map((row) => decodeHeaders(row.headers)['ce_id']),
      );
    }
    const late = await readAll(right, new Map([[0, 290n]]));
    expect(late.map((message) => message.offset)).toEqual(
      Array.from({ length: 10 }, (_, index) => BigInt(290 + index)),
    );
  }, 60_000);

  test('what the page handler throws ends the read', async () => {
    const topic = await createTopic('thrown');
    await publisher.publish([aRow(topic, 1)]);
    const onPage = async (): Promise<void> => {
      throw new HubError('HUB_SEED_TARGET_INVALID', 'planted');
    };
    const reading = new TopicReader(connection).read({ topic, from: new Map([[0, 0n]]), onPage });
    await expect(reading).rejects.toMatchObject({ code: 'HUB_SEED_TARGET_INVALID' });
  }, 30_000);

  test('rows wait in the outbox while no broker answers, and a new publisher goes on', async () => {
    const topic = await createTopic('outage');
    const store = new InMemoryOutboxStore(systemClock);
    await store.append([0, 1, 2].map((index) => aRow(topic, index)));
    const relayOver = (target: KafkaEventPublisher): OutboxRelay =>
      new OutboxRelay({
        store,
        publisher: target,
        clock: systemClock,
        logger: silentLogger,
        metrics: noMetrics,
        owner: unique('relay'),
        onFatal: (error) => {
          throw error;
        },
      });
    const dead = relayOver(new KafkaEventPublisher(deadPort));
    dead.start();
    await systemClock.sleep(1_500);
    expect(store.size).toBe(3);
    await dead.stop();
    const alive = relayOver(publisher);
    alive.start();
    for (let waited = 0; store.size > 0 && waited < 10_000; waited += 50) await systemClock.sleep(50);
    await alive.stop();
    expect((await readAll(topic, new Map([[0, 0n]]))).map((message) => message.value?.toString())).toEqual([
      '0',
      '1',
      '2',
    ]);
  }, 60_000);
});
