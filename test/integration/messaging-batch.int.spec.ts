import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { DEAD_LETTER_HEADERS } from '#messaging-kafka';
import { encodeHeaders, type OutboxRow } from '#outbox';
import { CreateOutboxTables, Database, PostgresAppliedOffsets } from '#store-postgres';
import { readDeadLetters, untilTrue } from '../harness/dead-letters.js';
import { unique } from '../harness/servers.js';
import { BatchConsumer } from './batch-consumer.js';
import { aNumberedRow } from './messaging-consumer.js';
import { useMessagingPlace } from './messaging-place.js';

const place = useMessagingPlace('batch', {
  migrations: [CreateOutboxTables],
  effectTable: 'CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, topic text, key text, text text)',
});
const { connection, codec, topics, publisher, created } = place;
let database: Database;

beforeAll(() => {
  database = place.database;
});

const aRow = (topic: string, index: number): OutboxRow => ({
  ...aNumberedRow(codec, topic, `k${index % 7}`, index),
  headers: encodeHeaders({ ce_id: 'x' }),
});

describe('KafkaBatchServer', () => {
  let topic: string;
  let consumer: BatchConsumer;
  const aConsumer = (groupId: string, deadLetterTopic: string): BatchConsumer =>
    new BatchConsumer({ topic, groupId, deadLetterTopic, connection, codec, database });
  beforeEach(async () => {
    topic = unique('batch');
    const deadLetters = `${topic}.dead-letter.v1`;
    await topics.ensure([
      { name: topic, kind: 'golden', partitions: 3 },
      { name: deadLetters, kind: 'dead-letter', partitions: 1 },
    ]);
    created.push(topic, deadLetters);
    consumer = aConsumer(unique('group'), deadLetters);
  });
  afterEach(() => consumer.stop());

  test('applies 1,000 messages exactly once and in order per key, across a restart and a lost commit of the broker', async () => {
    await publisher.publish(Array.from({ length: 600 }, (_, index) => aRow(topic, index)));
    await consumer.start();
    await untilTrue(async () => (await effects()).length >= 200);
    await consumer.stop();
    await publisher.publish(Array.from({ length: 400 }, (_, index) => aRow(topic, 600 + index)));
    consumer = aConsumer(unique('other-group'), consumer.deadLetterTopic);
    await consumer.start();
    await untilTrue(async () => (await effects()).length >= 1_000);
    const found = await effects();
    expect(found).toHaveLength(1_000);
    for (let key = 0; key < 7; key += 1) {
      const ids = found.filter((effect) => effect.key === `k${key}`).map((effect) => Number(effect.text));
      expect(ids).toEqual(Array.from({ length: 1_000 }, (_, index) => index).filter((index) => index % 7 === key));
    }
    expect(consumer.fatal).toEqual([]);
  }, 60_000);

  test('parks what cannot be decoded and what the handler refuses, with origin and reason, and goes on', async () => {
    const poison = [
      { ...aRow(topic, 100), value: Buffer.from('no avro') },
      { ...aRow(topic, 101), value: Buffer.from([0, 127, 255, 255, 255, 1]) },
    ];
    consumer.before = (messages) => {
      if (messages.some((message) => message.record?.['runId'] === '5'))
        throw new HubError('HUB_PAYLOAD_INVALID', 'refused');
    };
    await publisher.publish([...Array.from({ length: 20 }, (_, index) => aRow(topic, index)), ...poison]);
    await consumer.start();
    await untilTrue(async () => (await effects()).length >= 19);
    const letters = await readDeadLetters(connection, consumer.deadLetterTopic, 3);
    expect(letters.map((letter) => letter.headers[DEAD_LETTER_HEADERS.code]).sort()).toEqual([
      'HUB_PAYLOAD_INVALID',
      'HUB_PAYLOAD_INVALID',
      'HUB_SCHEMA_UNKNOWN',
    ]);
    for (const letter of letters) {
      expect(letter.headers).toMatchObject({ ce_id: 'x', [DEAD_LETTER_HEADERS.topic]: topic });
      expect(letter.headers[DEAD_LETTER_HEADERS.offset]).toMatch(/^\d+$/);
    }
    await untilTrue(async () => (await positions()) === 22n);
    expect(await effects()).toHaveLength(19);
  }, 60_000);

  test('repeats a page that fails for now, without passing it or changing its order', async () => {
    let failures = 2;
    consumer.before = () => {
      failures -= 1;
      if (failures >= 0) throw new HubError('HUB_DATABASE_UNREACHABLE', 'planted');
    };
    await publisher.publish(Array.from({ length: 30 }, (_, index) => ({ ...aRow(topic, index), key: 'one' })));
    await consumer.start();
    await untilTrue(async () => (await effects()).length === 30);
    expect((await effects()).map((effect) => Number(effect.text))).toEqual(
      Array.from({ length: 30 }, (_, index) => index),
    );
    expect(consumer.calls.slice(0, 3)).toEqual([30, 30, 30]);
    expect(await readDeadLetters(connection, consumer.deadLetterTopic, 0)).toEqual([]);
  }, 60_000);

  test('stops and says why on an unknown error, leaving the message for the next start', async () => {
    consumer.before = () => {
      throw new TypeError('a bug');
    };
    await publisher.publish([aRow(topic, 1)]);
    await consumer.start();
    await untilTrue(() => consumer.fatal.length > 0);
    expect(consumer.fatal.map((error) => error.disposition)).toEqual(['crash']);
    expect(await effects()).toEqual([]);
    await consumer.stop();
    consumer = aConsumer(unique('group'), consumer.deadLetterTopic);
    await consumer.start();
    await untilTrue(async () => (await effects()).length === 1);
  }, 60_000);

  test('stops where the database is newer than the topic', async () => {
    await new PostgresAppliedOffsets(database).advance({ topic, partition: 1, nextOffset: 7n });
    await consumer.start();
    await untilTrue(() => consumer.fatal.length > 0);
    expect(consumer.fatal[0]).toMatchObject({ code: 'HUB_DATABASE_OLD', disposition: 'stop' });
  }, 60_000);

  test('two members share the partitions, and nothing is lost or doubled when one leaves', async () => {
    const other = aConsumer(consumer.groupId, consumer.deadLetterTopic);
    await Promise.all([consumer.start(), other.start()]);
    await publisher.publish(Array.from({ length: 300 }, (_, index) => aRow(topic, index)));
    await untilTrue(async () => (await effects()).length >= 100);
    await other.stop();
    await publisher.publish(Array.from({ length: 300 }, (_, index) => aRow(topic, 300 + index)));
    await untilTrue(async () => (await effects()).length >= 600);
    const ids = (await effects()).map((effect) => Number(effect.text));
    expect([...ids].sort((left, right) => left - right)).toEqual(Array.from({ length: 600 }, (_, index) => index));
    expect([...consumer.fatal, ...other.fatal]).toEqual([]);
  }, 90_000);

  async function effects(): Promise<{ key: string; text: string }[]> {
    return database.query('SELECT key, text FROM effect WHERE topic = $1 ORDER BY id', [topic]);
  }

  async function positions(): Promise<bigint> {
    const found = await Promise.all([0, 1, 2].map((id) => new PostgresAppliedOffsets(database).find(topic, id)));
    return found.reduce<bigint>((sum, offset) => sum + (offset ?? 0n), 0n);
  }
});
