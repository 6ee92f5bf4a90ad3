import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { KafkaGroups } from '#messaging-kafka';
import { CreateHeldKeys, CreateOutboxTables } from '#store-postgres';
import { untilTrue } from '../harness/dead-letters.js';
import { unique } from '../harness/servers.js';
import { aNumberedRow, EFFECT_TABLE, ScriptedConsumer } from './messaging-consumer.js';
import { useMessagingPlace } from './messaging-place.js';
import { useProductHub } from './product-hub.js';

const prefix = `${unique('ofs').replace('_', '-')}.`;
const topic = `${prefix}golden.product.v1`;
const group = `${prefix}shop`;
const place = useMessagingPlace('offsets', {
  migrations: [CreateOutboxTables, CreateHeldKeys],
  effectTable: EFFECT_TABLE,
});
const { connection, codec, topics, publisher, created } = place;
let groups: KafkaGroups;

const cli = useProductHub(prefix, place);
const offsets = (...args: string[]): ReturnType<typeof cli> => cli('offsets', ...args);

beforeAll(async () => {
  await topics.ensure([{ name: topic, kind: 'golden', partitions: 1 }]);
  created.push(topic);
  await publisher.publish(Array.from({ length: 20 }, (_, at) => aNumberedRow(codec, topic, `k${at}`, at)));
  groups = await KafkaGroups.open(connection);
  await groups.commit(group, topic, new Map([[0, 12n]]));
});
afterAll(async () => {
  await groups.close();
});

test('a reset is shown first, done only when told so, and undone', async () => {
  const preview = await offsets('reset', group, topic, '--to-time', '2999-01-01T00:00:00Z');
  expect(preview.data).toEqual({
    partitions: [
      { partition: 0, from: '12', to: '20', again: '0', skipped: '8', remark: 'no record at or after that time' },
    ],
  });
  expect(await groups.committed(group, topic)).toEqual(new Map([[0, 12n]]));
  const done = await offsets('reset', group, topic, '--shift', '-5', '--execute', '--yes');
  expect(done).toMatchObject({ code: 0, data: { partitions: [{ from: '12', to: '7', again: '5' }] } });
  expect(await groups.committed(group, topic)).toEqual(new Map([[0, 7n]]));
  expect(await offsets('undo', group, topic, '--execute', '--yes')).toMatchObject({ code: 0 });
  expect(await groups.committed(group, topic)).toEqual(new Map([[0, 12n]]));
  expect((await offsets('undo', group, topic)).data).toMatchObject({ error: { code: 'HUB_NOT_FOUND' } });
}, 60_000);

test('a group with members is refused, with their names, and nothing is changed', async () => {
  const deadLetterTopic = `${prefix}live.dead-letter.v1`;
  await topics.ensure([{ name: deadLetterTopic, kind: 'dead-letter', partitions: 1 }]);
  created.push(deadLetterTopic);
  const groupId = `${prefix}live`;
  const consumer = new ScriptedConsumer({
    ...{ topic, groupId, deadLetterTopic, connection, codec, database: place.database },
  });
  await consumer.start();
  try {
    await untilTrue(() => consumer.state === 'running');
    const refused = await offsets('reset', groupId, topic, '--to-latest', '--execute', '--yes');
    expect(refused.data).toMatchObject({ error: { code: 'HUB_GROUP_ACTIVE', details: { state: 'Stable' } } });
  } finally {
    await consumer.stop();
  }
}, 60_000);

test.each<readonly [string, readonly string[], string]>([
  ['a group of the hub', ['reset', `${prefix}golden`, topic, '--to-latest'], 'HUB_REPLAY_REFUSED'],
  ['a group that there is not', ['reset', 'nobody', topic, '--to-latest'], 'HUB_NOT_FOUND'],
  ['a topic that there is not', ['reset', group, 'no.such.topic', '--to-latest'], 'HUB_TOPIC_MISSING'],
  ['no target', ['reset', group, topic], 'HUB_REQUEST_INVALID'],
  ['two targets', ['reset', group, topic, '--to-latest', '--to-earliest'], 'HUB_REQUEST_INVALID'],
  ['a time that is none', ['reset', group, topic, '--to-time', 'yesterday'], 'HUB_REQUEST_INVALID'],
  ['an offset that is none', ['reset', group, topic, '--to-offset', '-1'], 'HUB_REQUEST_INVALID'],
])('%s is refused with a code', async (_name, args, code) => {
  expect((await offsets(...args)).data).toMatchObject({ error: { code } });
});
