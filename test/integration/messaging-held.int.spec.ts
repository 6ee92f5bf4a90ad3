import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { DEAD_LETTER_HEADERS, releaseKey, type DecodedMessage, type ReleaseOptions } from '#messaging-kafka';
import { testHeldKeys } from '#outbox/testing';
import { CreateHeldKeys, CreateOutboxTables, Database, PostgresHeldKeys } from '#store-postgres';
import { readDeadLetters, untilTrue } from '../harness/dead-letters.js';
import { unique } from '../harness/servers.js';
import { aNumberedRow, EFFECT_TABLE, ScriptedConsumer, writeEffects } from './messaging-consumer.js';
import { useMessagingPlace } from './messaging-place.js';

const place = useMessagingPlace('held', {
  migrations: [CreateOutboxTables, CreateHeldKeys],
  effectTable: EFFECT_TABLE,
});
const { connection, codec, topics, publisher, created } = place;
let database: Database;

beforeAll(() => {
  database = place.database;
});

testHeldKeys('PostgresHeldKeys', async () => {
  await database.query('TRUNCATE held_key');
  return new PostgresHeldKeys(database);
});

describe('a consumer of facts', () => {
  let topic: string;
  let deadLetterTopic: string;
  let consumer: ScriptedConsumer;
  let isMended: boolean;

  beforeEach(async () => {
    topic = unique('held');
    deadLetterTopic = `${topic}.dead-letter.v1`;
    isMended = false;
    await topics.ensure([
      { name: topic, kind: 'hub', partitions: 2 },
      { name: deadLetterTopic, kind: 'dead-letter', partitions: 1 },
    ]);
    created.push(topic, deadLetterTopic);
    consumer = aConsumer();
  });
  afterEach(() => consumer.stop());

  function aConsumer(): ScriptedConsumer {
    const made = new ScriptedConsumer({
      ...{ topic, groupId: `${topic}-group`, deadLetterTopic, connection, codec, database },
      ...{ route: { holds: 'facts' }, tuning: { batchSize: 10 } },
    });
    made.before = async (messages) => refuse(messages);
    return made;
  }

  /** The order of key `k1` cannot be handled from its message 11 on, until someone mends what is wrong. */
  function refuse(messages: readonly DecodedMessage[]): void {
    if (!isMended && messages.some(({ record }) => record?.['runId'] === '11'))
      throw new HubError('HUB_PAYLOAD_INVALID', 'refused');
  }

  const publish = (from: number, to: number): Promise<void> =>
    publisher.publish(
      Array.from({ length: to - from }, (_, index) =>
        aNumberedRow(codec, topic, `k${(from + index) % 5}`, from + index),
      ),
    );
  const numbersOf = async (key: string): Promise<number[]> => {
    const query = 'SELECT number FROM effect WHERE topic = $1 AND key = $2 ORDER BY id';
    const rows = await database.query<{ number: number }>(query, [topic, key]);
    return rows.map(({ number }) => number);
  };
  const countEffects = async (): Promise<number> =>
    (await database.query('SELECT FROM effect WHERE topic = $1', [topic])).length;
  const ofK1 = (to: number): number[] =>
    Array.from({ length: to }, (_, index) => index).filter((index) => index % 5 === 1);
  const release = (given: Partial<ReleaseOptions> = {}): Promise<number> => {
    const heldKeys = new PostgresHeldKeys(database);
    const handle = (messages: readonly DecodedMessage[]): Promise<void> => writeEffects(database, messages);
    const settings = { connection, codec, groupId: `${topic}-group`, deadLetterTopic, heldKeys, handle };
    return releaseKey({ ...settings, ...given }, { topic, key: 'k1' });
  };

  test('parks what follows a parked fact of its key, over a restart; released, all is handled in order', async () => {
    await publish(0, 40);
    await consumer.start();
    await untilTrue(async () => (await countEffects()) >= 34);
    await consumer.stop();
    consumer = aConsumer();
    await consumer.start();
    await publish(40, 60);
    await untilTrue(async () => (await countEffects()) >= 50);
    expect(await numbersOf('k1')).toEqual([1, 6]);

    const letters = await readDeadLetters(connection, deadLetterTopic, 10);
    expect(letters.map(({ key, headers }) => [key, headers['ce_id']])).toEqual(
      ofK1(60)
        .slice(2)
        .map((number) => ['k1', String(number)]),
    );
    const { code, heldBehind, offset } = DEAD_LETTER_HEADERS;
    const [first, ...others] = letters;
    expect(first?.headers).toMatchObject({ [code]: 'HUB_PAYLOAD_INVALID' });
    for (const { headers } of others)
      expect(headers).toMatchObject({ [code]: 'HUB_HELD_BEHIND', [heldBehind]: first?.headers[offset] });

    isMended = true;
    expect(await release()).toBe(10);
    await publish(60, 80);
    await untilTrue(async () => (await countEffects()) >= 80);
    expect(await numbersOf('k1')).toEqual(ofK1(80));
    expect(await release()).toBe(0);
    expect(consumer.fatal).toEqual([]);
  }, 60_000);

  test('while it runs, a release loses and overtakes nothing', async () => {
    await publish(0, 40);
    await consumer.start();
    await untilTrue(async () => (await countEffects()) >= 34);
    isMended = true;
    const publishing = (async () => {
      for (let from = 40; from < 400; from += 20) await publish(from, from + 20);
    })();
    const [handed] = await Promise.all([release(), publishing]);
    await untilTrue(async () => (await countEffects()) >= 400);
    expect(handed).toBeGreaterThanOrEqual(6);
    expect(await numbersOf('k1')).toEqual(ofK1(400));
    expect(consumer.fatal).toEqual([]);
  }, 60_000);

  test('the first one may be given up; what fails again stays held', async () => {
    await publish(0, 40);
    await consumer.start();
    await untilTrue(async () => (await countEffects()) >= 34);
    const handle = async (messages: readonly DecodedMessage[]): Promise<void> => {
      refuse(messages);
      await writeEffects(database, messages);
    };
    await expect(release({ handle })).rejects.toMatchObject({ code: 'HUB_PAYLOAD_INVALID' });
    expect(await release({ handle, withFirst: false })).toBe(5);
    expect(await numbersOf('k1')).toEqual(ofK1(40).filter((number) => number !== 11));
  }, 60_000);
});
