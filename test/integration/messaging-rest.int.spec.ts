import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { CreateHeldKeys, CreateOutboxTables, Database, PostgresAppliedOffsets } from '#store-postgres';
import kafkajs from 'kafkajs';
import { readDeadLetters, untilTrue } from '../harness/dead-letters.js';
import { unique } from '../harness/servers.js';
import {
  aNumberedRow,
  EFFECT_TABLE,
  Gate,
  ScriptedConsumer,
  type ScriptedConsumerOptions,
} from './messaging-consumer.js';
import { useMessagingPlace } from './messaging-place.js';

const place = useMessagingPlace('rest', {
  migrations: [CreateOutboxTables, CreateHeldKeys],
  effectTable: EFFECT_TABLE,
});
const { connection, codec, topics, publisher, created } = place;
let database: Database;

beforeAll(() => {
  database = place.database;
});

describe('a batch consumer', () => {
  let topic: string;
  let deadLetterTopic: string;
  let consumers: ScriptedConsumer[];
  let gate: Gate;

  beforeEach(async () => {
    topic = unique('rest');
    deadLetterTopic = `${topic}.dead-letter.v1`;
    consumers = [];
    gate = new Gate();
    await topics.ensure([
      { name: topic, kind: 'hub', partitions: 2 },
      { name: deadLetterTopic, kind: 'dead-letter', partitions: 1 },
    ]);
    created.push(topic, deadLetterTopic);
  });
  afterEach(async () => {
    gate.open();
    for (const consumer of consumers) await consumer.stop();
  }, 30_000);

  function aConsumer(given: Partial<ScriptedConsumerOptions> = {}): ScriptedConsumer {
    const consumer = new ScriptedConsumer({
      ...{ topic, groupId: `${topic}-group`, deadLetterTopic, connection, codec, database },
      ...given,
      tuning: { batchSize: 10, sessionTimeoutMs: 6_000, ...given.tuning },
    });
    consumers.push(consumer);
    return consumer;
  }

  const publish = (from: number, to: number, keys = 7): Promise<void> =>
    publisher.publish(
      Array.from({ length: to - from }, (_, index) =>
        aNumberedRow(codec, topic, `k${(from + index) % keys}`, from + index),
      ),
    );

  const effects = (): Promise<{ key: string; partition: number; number: number }[]> =>
    database.query('SELECT key, partition, number FROM effect WHERE topic = $1 ORDER BY id', [topic]);

  async function expectOnceAndInOrder(count: number, keys = 7): Promise<void> {
    const found = await effects();
    expect(found).toHaveLength(count);
    for (let key = 0; key < keys; key += 1)
      expect(found.filter((effect) => effect.key === `k${key}`).map(({ number }) => number)).toEqual(
        Array.from({ length: count }, (_, index) => index).filter((index) => index % keys === key),
      );
  }

  test('that stops lets the handler in flight end; the next start loses and doubles nothing', async () => {
    const first = aConsumer();
    first.before = () => gate.opened;
    await publish(0, 200);
    await first.start();
    await untilTrue(() => first.running > 0);
    let hasStopped = false;
    const stopping = first.stop().then(() => (hasStopped = true));
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect({ hasStopped, running: first.running, effects: await effects() }).toEqual({
      ...{ hasStopped: false, running: 1, effects: [] },
    });
    gate.open();
    await stopping;
    expect(first.running).toBe(0);
    expect((await effects()).length).toBe(10); // the page in flight, and no other
    await aConsumer().start();
    await untilTrue(async () => (await effects()).length >= 200);
    await expectOnceAndInOrder(200);
  }, 60_000);

  test.each([1, 4])(
    'that is in mid-page when the group rebalances comes to rest before another gets its partitions, with %i lanes',
    async (lanes) => {
      const [first, second] = [aConsumer({ route: { lanes } }), aConsumer({ route: { lanes } })];
      let together = 0;
      const guard = async (): Promise<void> => {
        if (!isOpen && second.running > 0 && first.running > 0) together += 1;
      };
      let isOpen = false;
      first.before = async () => {
        await guard();
        await gate.opened;
      };
      second.before = guard;
      await publish(0, 300);
      await first.start();
      await untilTrue(() => first.running > 0);
      const joining = second.start(); // it waits for the first one, too
      await new Promise((resolve) => setTimeout(resolve, 9_000)); // more than a session: only its heartbeats keep it in
      expect({ second: second.running, together, effects: await effects() }).toEqual({
        ...{ second: 0, together: 0, effects: [] },
      });
      isOpen = true;
      gate.open();
      await joining;
      await untilTrue(async () => (await effects()).length >= 300);
      await expectOnceAndInOrder(300);
      expect([...first.fatal, ...second.fatal]).toEqual([]);
      await untilTrue(() => first.state === 'running' && second.state === 'running');
    },
    90_000,
  );

  test('whose topic lost what comes next stops instead of jumping, at its start and while it runs', async () => {
    const running = aConsumer({ tuning: { maxBytesPerPartition: 1 } });
    running.before = () => gate.opened;
    for (let from = 0; from < 200; from += 20) await publish(from, from + 20, 1);
    await running.start();
    await untilTrue(() => running.running > 0);
    const partition = await deleteBefore(150n);
    gate.open();
    await untilTrue(() => running.fatal.length > 0);
    expect(running.fatal).toEqual([expect.objectContaining({ code: 'HUB_DATABASE_OLD', disposition: 'stop' })]);
    expect(running.fatal[0]?.details).toMatchObject({ topic, partition });
    await running.stop();
    const numbers = (await effects()).map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index));
    expect(numbers.length).toBeLessThan(150);

    const again = aConsumer();
    await again.start();
    await untilTrue(() => again.fatal.length > 0);
    expect(again.fatal).toEqual([expect.objectContaining({ code: 'HUB_DATABASE_OLD', disposition: 'stop' })]);
    expect((await effects()).length).toBe(numbers.length);
  }, 60_000);

  /** As retention does it; the messages of this test are all in one partition. */
  async function deleteBefore(offset: bigint): Promise<number> {
    const ends = [...(await topics.endOffsets(topic))];
    const partition = ends.find(([, end]) => end > 0n)?.[0] ?? -1;
    const admin = new kafkajs.Kafka({ brokers: [...connection.brokers], logLevel: kafkajs.logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.fetchTopicOffsets(topic); // kafkajs's deletion needs to know the topic, and does not ask
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
    await admin.disconnect();
    return partition;
  }

  test('waits for what its handler needs, in every lane, and parks nothing', async () => {
    let isDown = true;
    const waiting = aConsumer({ route: { lanes: 4 } });
    let refused = 0;
    waiting.before = async ([message]) => {
      if (!isDown || message?.key !== 'k3') return;
      refused += 1;
      throw new HubError('HUB_SOURCE_UNREACHABLE', 'down');
    };
    await publish(0, 100);
    await waiting.start();
    await untilTrue(() => refused >= 4);
    const position = await Promise.all([0, 1].map((id) => new PostgresAppliedOffsets(database).find(topic, id)));
    expect(position.filter((offset) => offset === null).length).toBeGreaterThan(0);
    expect((await effects()).map(({ key }) => key)).not.toContain('k3');
    isDown = false;
    await untilTrue(async () => (await effects()).length >= 100);
    await expectOnceAndInOrder(100);
    expect(await readDeadLetters(connection, deadLetterTopic, 0)).toEqual([]);
    expect(waiting.fatal).toEqual([]);
  }, 60_000);
});
