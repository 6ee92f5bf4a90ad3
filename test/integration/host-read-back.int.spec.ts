import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { appendCurrentContributions, startHostReadBack } from '#connector-host/testing';
import { changeEventHeaders, eventPlaceOf, HEADERS, topicNames } from '#contracts';
import { aContribution } from '#golden-record/testing';
import { Closers, silentLogger, type ExternalId, type HubError } from '#kernel';
import { KafkaEventPublisher, KafkaTopics, TopicReader } from '#messaging-kafka';
import { decodeHeaders, encodeHeaders, startRelay, type EncodedHeaders, type OutboxRelay } from '#outbox';
import { PostgresCurrentPlaces, PostgresOutboxStore } from '#store-postgres';
import { eventually } from '#testing';
import { serverAddresses, unique } from '../harness/servers.js';
import { aRow, ENTITY, entityContext, ids, MirrorFixture } from './host-fixture.js';

let mirror: MirrorFixture;
beforeAll(async () => {
  mirror = await MirrorFixture.create();
});
beforeEach(() => mirror.clear());
afterAll(() => mirror.drop());

/** A row of which the system authored something. */
function authored(key: string, epoch: number, sequence: bigint, status: 'live' | 'deleted' = 'live') {
  return { ...aRow(key), contribution: { epoch, sequence, status, statusSequence: sequence, fields: {} } };
}

async function pending(): Promise<{ topics: string; key: string; headers: Readonly<Record<string, string | null>> }[]> {
  const rows = await mirror.database.query<{ topics: string; key: string; headers: Buffer }>(
    'SELECT topics, key, headers FROM outbox ORDER BY sequence',
  );
  return rows.map((row) => ({ ...row, headers: decodeHeaders(row.headers as EncodedHeaders) }));
}

describe('a host that reads its change topics back', () => {
  test('knows the place of each contribution, of deleted records too, and of nothing else', async () => {
    await mirror.insert(
      authored('a', 1, 7n),
      authored('b', 2, 12345678901n, 'deleted'),
      aRow('c'),
      aRow('d', 'A', null),
    );
    const places = await new PostgresCurrentPlaces(mirror.database).contributions(ENTITY, ['a', 'b', 'c', 'd', 'x']);
    expect([...places].sort()).toEqual([
      ['a', { epoch: 1, sequence: 7n }],
      ['b', { epoch: 2, sequence: 12345678901n }],
    ]);
  });

  test('appends contributions as the events that they were, as a batch that golden can judge', async () => {
    await mirror.insert(authored('a', 1, 7n), authored('b', 2, 3n, 'deleted'), aRow('c'));
    expect(await appendCurrentContributions(mirror.context(), ENTITY, ids('a', 'b', 'c', 'x'))).toBe(2);
    const rows = await pending();
    expect(rows.map(({ topics, key }) => [topics, key])).toEqual(
      ['a', 'b'].map((key) => ['erp.product.changed.v1', key]),
    );
    const headers = rows.map((row) => row.headers as Readonly<Record<string, string>>);
    expect(headers.map(eventPlaceOf)).toEqual([
      { epoch: 1, sequence: 7n },
      { epoch: 2, sequence: 3n },
    ]);
    expect(new Set(headers.map((one) => [one[HEADERS.batch], one[HEADERS.batchSize]].join()))).toHaveProperty(
      'size',
      1,
    );
    expect(headers[0]?.[HEADERS.batchSize]).toBe('2');
  });

  test('a change that holds the row stands before what is appended anew', async () => {
    await mirror.insert(authored('a', 1, 7n));
    let appending: Promise<number> | undefined;
    await mirror.store.transaction(async (tx) => {
      const [locked] = await tx.lockRows(ENTITY, { externalIds: ids('a') }, null, mirror.context().owners.reader);
      appending = appendCurrentContributions(mirror.context(), ENTITY, ['a' as ExternalId]);
      const row = authored('a', 1, 8n);
      await tx.save([{ id: locked?.id ?? null, before: null, row, differs: [], moves: true, lease: 'keep' }]);
    });
    expect(await appending).toBe(1);
    expect((await pending()).map(({ headers }) => eventPlaceOf(headers as Readonly<Record<string, string>>))).toEqual([
      { epoch: 1, sequence: 8n },
    ]);
  });

  test('a late batch on its change topic is followed by the contribution as it stands', async () => {
    const connection = { brokers: serverAddresses().kafkaBrokers, clientId: 'host-read-back', logger: silentLogger };
    const [closers, topics, fatal] = [new Closers(), new KafkaTopics(connection), [] as HubError[]];
    const names = topicNames(`${unique('late')}.`);
    const entities = new Map([[ENTITY, entityContext]]);
    const context = { ...mirror.context(), topics: names, entities };
    const topic = names.change(context.system, ENTITY);
    await topics.ensure([{ name: topic, kind: 'change', partitions: 2 }]);
    const { clock, logger, metrics } = context;
    const onFatal = (error: HubError): void => void fatal.push(error);
    const publisher = new KafkaEventPublisher(connection);
    const store = new PostgresOutboxStore(mirror.database);
    const common = { clock, logger, metrics, onFatal };
    const relay: OutboxRelay = startRelay({ ...common, store, publisher, owner: randomUUID() }, closers);
    startHostReadBack({ context, database: mirror.database, connection, relay, onFatal }, closers);
    const seen = async (): Promise<bigint[]> => {
      const found: bigint[] = [];
      const reader = new TopicReader(connection);
      await reader.readToEnd({
        ...{ topic, from: new Map<number, bigint>() },
        onPage: async ({ messages }) =>
          void found.push(...messages.map(({ headers }) => eventPlaceOf(headers)?.sequence ?? 0n)),
      });
      await reader.close();
      return found;
    };
    const untilSeen = (...sequences: bigint[]): Promise<void> =>
      eventually(async () => expect(await seen()).toEqual(sequences), { timeoutMs: 30_000 });
    await mirror.insert(authored('a', 1, 7n));
    await appendCurrentContributions(context, ENTITY, ids('a'));
    await untilSeen(7n);
    await mirror.clear();
    await mirror.insert(authored('a', 1, 8n, 'deleted'));
    await appendCurrentContributions(context, ENTITY, ids('a'));
    await untilSeen(7n, 8n);
    const late = aContribution({ entity: ENTITY, key: 'a', sequence: 7n });
    const headers = encodeHeaders(changeEventHeaders(late, null));
    const zombie = new KafkaEventPublisher(connection);
    await zombie.publish([{ sequence: 1n, topics: [topic], key: 'a', value: Buffer.from('late'), headers }]);
    await untilSeen(7n, 8n, 7n, 8n);
    await zombie.close();
    await closers.close();
    await topics.deleteTopics([topic]);
    await topics.close();
    expect(fatal).toEqual([]);
  });

  test('keys that wait in the outbox, or are parked, are not published', async () => {
    await mirror.insert(authored('a', 1, 7n));
    await appendCurrentContributions(mirror.context(), ENTITY, ids('a'));
    await mirror.database.query(
      `INSERT INTO outbox_parked_key (shard, key, code, reason) VALUES (0, 'p', 'HUB_TOPIC_MISSING', 'gone')`,
    );
    const places = new PostgresCurrentPlaces(mirror.database);
    expect([...(await places.findUnpublished(['a', 'b', 'p']))].sort()).toEqual(['a', 'p']);
    await mirror.database.query(`TRUNCATE outbox_parked_key`);
  });
});
