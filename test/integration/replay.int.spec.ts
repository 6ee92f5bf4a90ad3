import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CreateHeldKeys, CreateOutboxTables } from '#store-postgres';
import { untilTrue } from '../harness/dead-letters.js';
import { unique } from '../harness/servers.js';
import { aNumberedRow, EFFECT_TABLE, ScriptedConsumer } from './messaging-consumer.js';
import { useMessagingPlace } from './messaging-place.js';
import { useProductHub } from './product-hub.js';

const prefix = `${unique('rpi').replace('_', '-')}.`;
const topic = `${prefix}golden.product.v1`;
const MESSAGES = 60;
const place = useMessagingPlace('replay', {
  migrations: [CreateOutboxTables, CreateHeldKeys],
  effectTable: EFFECT_TABLE,
});
const { connection, codec, topics, publisher, created } = place;
const consumers = new Map<string, ScriptedConsumer>();

const replay = useProductHub(prefix, place);

async function startConsumer(name: string): Promise<string> {
  const groupId = `${prefix}${name}`;
  const deadLetterTopic = `${prefix}${name}.dead-letter.v1`;
  await topics.ensure([{ name: deadLetterTopic, kind: 'dead-letter', partitions: 1 }]);
  created.push(deadLetterTopic, `${prefix}lane.${name}.golden.product.v1`);
  const consumer = new ScriptedConsumer({
    ...{ topic, groupId, deadLetterTopic, connection, codec, database: place.database },
    tuning: { replayLanes: { prefix } },
  });
  await consumer.start();
  consumers.set(name, consumer);
  return groupId;
}

const effects = (of: string) =>
  place.database.query<{ key: string; number: number }>('SELECT key, number FROM effect WHERE topic = $1 ORDER BY id', [
    of,
  ]);
const laneOf = (name: string): string => `${prefix}lane.${name}.golden.product.v1`;

beforeAll(async () => {
  await topics.ensure([{ name: topic, kind: 'golden', partitions: 2 }]);
  created.push(topic);
  const rows = Array.from({ length: MESSAGES }, (_, at) => aNumberedRow(codec, topic, `k${at % 5}`, at));
  await publisher.publish(rows);
  await startConsumer('shop');
  await startConsumer('other');
  // the same effects are written once, whoever of the two comes first
  await untilTrue(async () => (await effects(topic)).length === MESSAGES);
});
afterAll(async () => {
  await Promise.all([...consumers.values()].map((consumer) => consumer.stop()));
});

describe('a replay into a private lane', () => {
  test('is handled by its group once more, in order, and by nobody else', async () => {
    const { code, data } = await replay('replay', topic, '--lane', `${prefix}shop`, '--execute', '--yes');
    expect([code, data['state']]).toEqual([0, 'done']);
    await untilTrue(async () => (await effects(laneOf('shop'))).length === MESSAGES);
    const handled = await effects(laneOf('shop'));
    for (const key of ['k0', 'k4'])
      expect(handled.filter((one) => one.key === key).map(({ number }) => number)).toEqual(
        Array.from({ length: MESSAGES / 5 }, (_, at) => at * 5 + Number(key.slice(1))),
      );
    expect(await effects(laneOf('other'))).toEqual([]);
    expect([...consumers.values()].flatMap(({ fatal }) => fatal)).toEqual([]);
  }, 60_000);

  test('by key, field and header: what is counted in the dry run is what is sent', async () => {
    const selection = ['--key', 'k1', '--key', 'k2', '--where', 'runId~^.$', '--where', 'header:ce_id~[67]'];
    const dry = await replay('replay', topic, '--lane', `${prefix}other`, ...selection);
    expect(dry).toMatchObject({
      code: 0,
      data: {
        plan: { affected: [{ groupId: `${prefix}other`, isSubscribed: true }], warnings: [] },
        preview: { messages: MESSAGES, selected: 2, unreadable: 0, keysNotFound: [] },
      },
    });
    expect(await effects(laneOf('other'))).toEqual([]);
    const run = await replay('replay', topic, '--lane', `${prefix}other`, ...selection, '--execute', '--yes');
    expect(run).toMatchObject({ code: 0, data: { state: 'done', progress: { sent: 2 } } });
    await untilTrue(async () => (await effects(laneOf('other'))).length === 2);
    expect((await effects(laneOf('other'))).map(({ number }) => number).sort()).toEqual([6, 7]);
  }, 60_000);

  test('a time range is bounded by the times of the broker', async () => {
    const none = await replay('replay', topic, '--lane', `${prefix}shop`, '--until', '2020-01-01T00:00:00Z');
    expect(none).toMatchObject({ code: 1, data: { plan: { windows: [], offsets: '0' } } });
    const later = await replay('replay', topic, '--lane', `${prefix}shop`, '--from', '2999-01-01T00:00:00Z');
    expect(later).toMatchObject({ code: 1, data: { plan: { windows: [] } } });
    const all = await replay('replay', topic, '--lane', `${prefix}shop`, '--from', '2020-01-01T00:00:00Z');
    expect(all).toMatchObject({ code: 0, data: { preview: { selected: MESSAGES } } });
  }, 60_000);
});

describe('what can not be replayed', () => {
  const lane = (): string[] => ['--lane', `${prefix}shop`];
  test.each<readonly [string, () => string[], string]>([
    ['a topic that there is not', () => ['no.such.topic', ...lane()], 'HUB_TOPIC_MISSING'],
    ['a group that there is not', () => [topic, '--lane', 'nobody'], 'HUB_NOT_FOUND'],
    ['a group that no topic can be named for', () => [topic, '--lane', 'a b'], 'HUB_REQUEST_INVALID'],
    ['a topic of the hub as target', () => [topic, '--to', `${prefix}golden.price.v1`], 'HUB_REPLAY_REFUSED'],
    ['a topic into itself', () => [topic, '--to', topic], 'HUB_REPLAY_REFUSED'],
    ['no target', () => [topic], 'HUB_REQUEST_INVALID'],
    ['two targets', () => [topic, '--to', 'x', ...lane()], 'HUB_REQUEST_INVALID'],
    ['a partition that there is not', () => [topic, ...lane(), '--offsets', '9:0-1'], 'HUB_REQUEST_INVALID'],
    ['a window that is none', () => [topic, ...lane(), '--offsets', 'all'], 'HUB_REQUEST_INVALID'],
    ['a time without a zone', () => [topic, ...lane(), '--from', '2026-01-01T00:00:00'], 'HUB_REQUEST_INVALID'],
    ['a pattern that RE2 does not know', () => [topic, ...lane(), '--where', 'runId~(a)\\1'], 'HUB_REQUEST_INVALID'],
    ['a file of keys that there is not', () => [topic, ...lane(), '--keys', '/no/such/file'], 'HUB_REQUEST_INVALID'],
    ['a key that there is not', () => [topic, ...lane(), '--key', 'none', '--execute', '--yes'], 'HUB_NOT_FOUND'],
    ['a rate that is none', () => [topic, ...lane(), '--rate', '0'], 'HUB_REQUEST_INVALID'],
    ['a replay that there is not', () => ['resume', 'replay-none'], 'HUB_NOT_FOUND'],
  ])('%s is refused with a code', async (_name, args, code) => {
    const { data } = await replay('replay', ...args());
    expect(data).toMatchObject({ error: { code } });
  });

  test('values that can not be read are counted, passed over, and make the command fail', async () => {
    const poisoned = `${prefix}poison`;
    created.push(poisoned, `${prefix}copy`);
    await topics.ensure([{ name: poisoned, kind: 'golden', partitions: 1 }]);
    const good = aNumberedRow(codec, poisoned, 'k', 1);
    const bad = { ...good, value: Buffer.from([0, 0x7f, 0xff, 0xff, 0xf0, 1]) };
    await publisher.publish([good, bad, good]);
    const args = [poisoned, '--to', `${prefix}copy`, '--where', 'runId=1'];
    expect(await replay('replay', ...args)).toMatchObject({ data: { preview: { selected: 2, unreadable: 1 } } });
    expect(await replay('replay', ...args, '--execute', '--yes')).toMatchObject({
      code: 1,
      data: { state: 'done', progress: { sent: 2, unreadable: 1 } },
    });
    const again = await replay('replay', ...args, '--execute', '--yes');
    expect(again.data).toMatchObject({ error: { code: 'HUB_REPLAY_REFUSED' } });
    // without a condition on fields nothing has to be read, and all bytes go as they are
    const whole = await replay('replay', poisoned, '--to', `${prefix}copy`, '--append', '--execute', '--yes');
    expect(whole).toMatchObject({ code: 0, data: { progress: { sent: 3, unreadable: 0 } } });
  }, 60_000);
});
