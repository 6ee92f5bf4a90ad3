import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Module, type INestMicroservice, type Type } from '@nestjs/common';
import { APP_FILTER, NestFactory } from '@nestjs/core';
import { Payload } from '@nestjs/microservices';
import kafkajs, { type AclEntry } from 'kafkajs';
import { kafkaSecurityOf } from '#config';
import { HubError, noMetrics, silentLogger } from '#kernel';
import {
  AvroCodec,
  KafkaBatchServer,
  KafkaEventPublisher,
  KafkaTopics,
  OnBatch,
  RethrowRpcFilter,
  SchemaRegistry,
  TopicReader,
  type ConsumerPositions,
  type DecodedMessage,
  type KafkaConnection,
} from '#messaging-kafka';
import { encodeHeaders, type OutboxRow } from '#outbox';
import { eventually } from '#testing';
import { serverAddresses } from '../harness/servers.js';
import { createAuthority } from './certificates.js';
import { SecureKafka, type KafkaUser } from './secure-kafka.js';

const DRIFT = 'io.plumbline.hub.v1.DriftRecorded';
const TOPIC = 'secure.drift.v1';
const DEAD_LETTERS = 'secure.dead-letter.v1';
const codec = new AvroCodec(new SchemaRegistry({ url: serverAddresses().registryUrl }));
const broker = new SecureKafka();

type Mechanism = 'PLAIN' | 'SCRAM-SHA-512';

/** The connection that these variables of the environment mean. */
function connectionOf(user: KafkaUser, mechanism: Mechanism = 'SCRAM-SHA-512', caFile = broker.authority.caFile) {
  const security = kafkaSecurityOf({
    KAFKA_SECURITY_PROTOCOL: 'SASL_SSL',
    KAFKA_SASL_MECHANISM: mechanism,
    KAFKA_SASL_USERNAME: user.username,
    KAFKA_SASL_PASSWORD: user.password,
    KAFKA_SSL_CA_FILE: caFile,
  });
  return { brokers: [broker.address], clientId: 'secure-test', ...security } satisfies KafkaConnection;
}

function aRow(topic: string, index: number): OutboxRow {
  const [system, entity, externalId, kind, outcome] = ['erp', 'price', '1', 'changed', 'found'];
  const at = '2026-11-23T04:05:06.123456Z';
  const record = { runId: String(index), system, entity, externalId, key: null, kind, fields: [], outcome, at };
  const headers = encodeHeaders({ ce_id: String(index) });
  return {
    sequence: BigInt(index),
    topics: [topic],
    key: `k${index % 7}`,
    value: codec.encode(DRIFT, record),
    headers,
  };
}

/** What docs/configuration.md says that the hub's user needs. */
async function grantHubAcls(): Promise<void> {
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;
  const entry = (resourceType: number, resourceName: string, operation: number): AclEntry => ({
    resourceType,
    resourceName,
    operation,
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    principal: `User:${broker.hub.username}`,
    host: '*',
    permissionType: AclPermissionTypes.ALLOW,
  });
  const { CREATE, DESCRIBE_CONFIGS, READ, WRITE, DELETE } = AclOperationTypes;
  const admin = new kafkajs.Kafka({ ...connectionOf(broker.admin), logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  await admin.createAcls({
    acl: [
      ...[CREATE, DESCRIBE_CONFIGS, READ, WRITE].map((operation) =>
        entry(AclResourceTypes.TOPIC, 'secure.', operation),
      ),
      entry(AclResourceTypes.GROUP, 'secure.', READ),
      ...[READ, DELETE].map((operation) => entry(AclResourceTypes.GROUP, 'plumbline-reader-', operation)),
    ],
  });
  await admin.disconnect();
}

beforeAll(async () => {
  await codec.ensureSchemas();
  await broker.start();
  const asAdmin = new KafkaTopics(connectionOf(broker.admin));
  await eventually(() => asAdmin.plan([]), { timeoutMs: 180_000 }).catch((cause: unknown) => {
    throw new Error(`The broker did not start:\n${broker.log()}`, { cause });
  });
  await grantHubAcls();
  // Not below the prefix that the hub may use.
  await asAdmin.ensure([{ name: 'others.v1', kind: 'change', partitions: 1 }]);
  await asAdmin.close();
}, 240_000);

afterAll(() => broker.stop());

/** A service that only counts; positions in memory. */
class Service {
  readonly fatal: HubError[] = [];
  readonly seen: string[] = [];
  private app: INestMicroservice | null = null;

  async start(connection: KafkaConnection, topic: string, groupId: string): Promise<void> {
    const next = new Map<number, bigint>();
    const positions: ConsumerPositions = {
      find: (_topic, partition) => Promise.resolve(next.get(partition) ?? null),
      skipTo: ({ partition, nextOffset }) => Promise.resolve(void next.set(partition, nextOffset)),
    };
    const strategy = new KafkaBatchServer({
      connection,
      groupId,
      routes: [{ topic, pattern: 'drift' }],
      codec,
      deadLetterTopic: DEAD_LETTERS,
      positions,
      onFatal: (error) => this.fatal.push(error),
      logger: silentLogger,
      metrics: noMetrics,
    });
    const module = moduleOf((messages) => this.seen.push(...messages.map(({ record }) => String(record?.['runId']))));
    this.app = await NestFactory.createMicroservice(module, { strategy, logger: false });
    await this.app.listen();
  }

  async stop(): Promise<void> {
    await this.app?.close();
  }
}

function moduleOf(apply: (messages: readonly DecodedMessage[]) => void): Type {
  @Controller()
  class DriftController {
    @OnBatch('drift')
    onDrift(@Payload() messages: readonly DecodedMessage[]): void {
      apply(messages);
    }
  }
  @Module({ controllers: [DriftController], providers: [{ provide: APP_FILTER, useClass: RethrowRpcFilter }] })
  class ServiceModule {}
  return ServiceModule;
}

describe.each<Mechanism>(['SCRAM-SHA-512', 'PLAIN'])('with TLS and %s', (mechanism) => {
  const topic = `${TOPIC}.${mechanism.toLowerCase()}`;

  test('creates topics, publishes, consumes and reads with the rights of docs/configuration.md', async () => {
    const connection = connectionOf(broker.hub, mechanism);
    const topics = new KafkaTopics(connection);
    const wanted = [
      { name: topic, kind: 'change', partitions: 3 },
      { name: DEAD_LETTERS, kind: 'dead-letter', partitions: 1 },
    ] as const;
    await topics.ensure(wanted);
    expect((await topics.plan(wanted)).missing).toEqual([]);

    const publisher = new KafkaEventPublisher(connection);
    // A broker that has just started may still load what it hands producer ids out by.
    await eventually(() => publisher.publish([aRow(topic, 0)]), { timeoutMs: 20_000 });
    await publisher.publish(Array.from({ length: 499 }, (_, index) => aRow(topic, 1 + index)));
    await publisher.close();

    const service = new Service();
    await service.start(connection, topic, `secure.${mechanism}`);
    await eventually(() => expect(service.seen.length).toBeGreaterThanOrEqual(500), { timeoutMs: 30_000 });
    await service.stop();
    expect([new Set(service.seen).size, service.fatal]).toEqual([500, []]);

    const reader = new TopicReader(connection);
    const from = new Map([...(await reader.offsets(topic))].map(([partition, { low }]) => [partition, low]));
    let read = 0;
    await reader.read({
      topic,
      from,
      onPage: ({ messages }) => {
        read += messages.length;
        if (read >= 500) reader.stop();
        return Promise.resolve();
      },
    });
    await reader.close();
    await topics.close();
    expect(read).toBe(500);
  });

  test('a wrong password stops and says what to correct, without the password', async () => {
    const wrong = { ...broker.hub, password: 'sesame-open' };
    const error = await failureOf(topicsOf(connectionOf(wrong, mechanism)));
    expect(error).toMatchObject({ code: 'HUB_BROKER_UNAUTHORISED', disposition: 'stop' });
    expect(error.hint).toContain('KAFKA_SASL_PASSWORD');
    expect(error.message + JSON.stringify(error.details)).not.toContain('sesame-open');
    const publisher = new KafkaEventPublisher(connectionOf(wrong, mechanism));
    expect(await failureOf(publisher.publish([aRow(topic, 1)]))).toMatchObject({ code: 'HUB_BROKER_UNAUTHORISED' });
    await publisher.close();
  });
});

describe('rights and certificates', () => {
  test('a topic that the user may not write, create or read stops with the name of what is not allowed', async () => {
    const connection = connectionOf(broker.hub);
    const publisher = new KafkaEventPublisher(connection);
    const written = await failureOf(publisher.publish([aRow('others.v1', 1)]));
    expect(written).toMatchObject({ code: 'HUB_BROKER_UNAUTHORISED', disposition: 'stop' });
    expect(written.details).toMatchObject({ type: 'TOPIC_AUTHORIZATION_FAILED', topics: ['others.v1'] });
    await publisher.close();
    expect(await failureOf(topicsOf(connection, 'forbidden.v1'))).toMatchObject({ code: 'HUB_BROKER_UNAUTHORISED' });
    const service = new Service();
    await service.start(connection, `${TOPIC}.plain`, 'others-group');
    await eventually(() => expect(service.fatal).toHaveLength(1), { timeoutMs: 20_000 });
    const details = { groupId: 'others-group' };
    expect(service.fatal[0]).toMatchObject({ code: 'HUB_BROKER_UNAUTHORISED', disposition: 'stop', details });
    await service.stop();
  });

  test('a broker that another authority vouches for stops with the variable to correct', async () => {
    const other = createAuthority(join(broker.authority.caFile, '../../other-ca'));
    const error = await failureOf(topicsOf(connectionOf(broker.hub, 'PLAIN', other.caFile)));
    expect(error).toMatchObject({ code: 'HUB_BROKER_UNAUTHORISED', disposition: 'stop' });
    expect(error.hint).toContain('KAFKA_SSL_CA_FILE');
  });
});

async function topicsOf(connection: KafkaConnection, name = TOPIC): Promise<void> {
  const topics = new KafkaTopics(connection);
  try {
    await topics.ensure([{ name, kind: 'change', partitions: 1 }]);
  } finally {
    await topics.close();
  }
}

async function failureOf(work: Promise<unknown>): Promise<HubError> {
  const outcome: unknown = await work.then(
    () => new Error('it did not fail'),
    (error: unknown) => error,
  );
  if (outcome instanceof HubError) return outcome;
  throw outcome;
}
