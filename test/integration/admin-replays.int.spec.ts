import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { loadHubFile } from '#config';
import { silentLogger, systemClock } from '#kernel';
import { KafkaGroups, SchemaRegistry, TopicReader } from '#messaging-kafka';
import { openReplayHub } from '#replay-desk';
import { CreateHeldKeys, CreateOutboxTables } from '#store-postgres';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { untilTrue } from '../harness/dead-letters.js';
import { serverAddresses, unique } from '../harness/servers.js';
import { SignedInAdmin, type ApiAnswer } from './signed-in-admin.js';
import { aNumberedRow, EFFECT_TABLE, ScriptedConsumer } from './messaging-consumer.js';
import { useMessagingPlace } from './messaging-place.js';
import { productHubFile } from './product-hub.js';

const prefix = `${unique('arp').replace('_', '-')}.`;
const topic = `${prefix}golden.product.v1`;
const group = `${prefix}shop`;
const still = `${prefix}still`;
const MESSAGES = 400;
const place = useMessagingPlace('admin_replays', {
  migrations: [CreateOutboxTables, CreateHeldKeys],
  effectTable: EFFECT_TABLE,
});
const { connection, codec, topics, publisher, created } = place;
const laneOf = (name: string): string => `${prefix}lane.${name}.golden.product.v1`;
let consumer: ScriptedConsumer;

beforeAll(async () => {
  const deadLetterTopic = `${prefix}shop.dead-letter.v1`;
  await topics.ensure([
    { name: topic, kind: 'golden', partitions: 2 },
    { name: deadLetterTopic, kind: 'dead-letter', partitions: 1 },
    { name: `${prefix}full`, kind: 'history', partitions: 1 },
  ]);
  await publisher.publish([aNumberedRow(codec, `${prefix}full`, 'k', 1)]);
  created.push(topic, `${prefix}full`, deadLetterTopic, laneOf('shop'), laneOf('still'), laneOf('left'));
  await publisher.publish(Array.from({ length: MESSAGES }, (_, at) => aNumberedRow(codec, topic, `k${at % 5}`, at)));
  const groups = await KafkaGroups.open(connection);
  for (const name of [still, `${prefix}left`]) await groups.commit(name, topic, new Map([[0, 3n]]));
  await groups.close();
  consumer = new ScriptedConsumer({
    ...{ topic, groupId: group, deadLetterTopic, connection, codec, database: place.database },
    tuning: { replayLanes: { prefix } },
  });
  await consumer.start();
});
afterAll(async () => {
  await consumer.stop();
});
const admin = new SignedInAdmin(productHubFile(prefix), () => place.database.place.url);

const wish = (to: object, more: object = {}): object => ({ source: topic, to, ...more });
const lane = (name: string): object => ({ kind: 'lane', group: name });
const replay = async (id: unknown): Promise<Record<string, unknown>> => (await admin.get(`replays/${String(id)}`)).body;
const numbersIn = async (of: string): Promise<number[]> => {
  const text = 'SELECT number FROM effect WHERE topic = $1 ORDER BY id';
  return (await place.database.query<{ number: number }>(text, [of])).map(({ number }) => number);
};

/** What a lane holds of a replay, as places of the topic. */
async function readLane(name: string, id: unknown): Promise<string[]> {
  const reader = new TopicReader(connection);
  const places: string[] = [];
  await reader.readToEnd({
    ...{ topic: laneOf(name), from: new Map() },
    onPage: async ({ messages }) => {
      for (const { headers } of messages)
        if (headers['x-plumbline-replay-id'] === id)
          places.push(`${headers['x-plumbline-origin-partition']}/${headers['x-plumbline-origin-offset']}`);
    },
  });
  await reader.close();
  return places;
}

describe('a replay from the page', () => {
  test('is counted first, then runs by itself, and its group handles it', async () => {
    const dry = await admin.post('replays/plan', wish(lane(group)));
    expect(dry).toMatchObject({
      status: 200,
      body: { selected: MESSAGES, target: { kind: 'lane', group }, affected: [{ groupId: group, isSubscribed: true }] },
    });
    expect(await numbersIn(laneOf('shop'))).toEqual([]);
    const windows = dry.body['windows'];
    const started = await admin.post('replays', wish(lane(group), { offsets: windows }));
    expect(started).toMatchObject({ status: 201, body: { source: topic } });
    await untilTrue(async () => (await replay(started.body['id']))['state'] === 'done');
    expect(await replay(started.body['id'])).toMatchObject({ sent: MESSAGES, percent: 100, actor: 'web:admin' });
    await untilTrue(async () => (await numbersIn(laneOf('shop'))).length === MESSAGES);
    expect((await admin.get('overview')).body['replays']).toMatchObject([{ state: 'done' }]);
  }, 60_000);

  test('is paused, resumed and aborted; another one into the same lane waits', async () => {
    const slow = wish(lane(still), { perSecond: 40, rampSeconds: 0 });
    const { id } = (await admin.post('replays', slow)).body;
    await untilTrue(async () => Number((await replay(id))['sent']) > 10);
    expect(await admin.post(`replays/${String(id)}/pause`)).toMatchObject({ status: 200, body: { state: 'paused' } });
    expect(await admin.post('replays', slow)).toMatchObject({ status: 409, body: { code: 'HUB_REPLAY_BUSY' } });
    const paused = Number((await replay(id))['sent']);
    expect(await admin.post(`replays/${String(id)}/resume`)).toMatchObject({ status: 200, body: { state: 'running' } });
    await untilTrue(async () => Number((await replay(id))['sent']) > paused);
    expect(await admin.post(`replays/${String(id)}/abort`)).toMatchObject({ status: 200, body: { state: 'aborted' } });
    const refused = { status: 409, body: { code: 'HUB_REPLAY_REFUSED' } };
    for (const act of ['pause', 'resume', 'abort'])
      expect(await admin.post(`replays/${String(id)}/${act}`)).toMatchObject(refused);
    expect((await readLane('still', id)).length).toBeLessThan(MESSAGES);
  }, 90_000);

  test('goes on after the server was stopped, exactly where it stood', async () => {
    const { id } = (await admin.post('replays', wish(lane(still), { perSecond: 100, rampSeconds: 0 }))).body;
    await untilTrue(async () => Number((await replay(id))['sent']) > 10);
    await admin.stop();
    await admin.start();
    await untilTrue(async () => (await replay(id))['state'] === 'done');
    expect(await replay(id)).toMatchObject({ sent: MESSAGES });
    // stopped, and not killed: what was under way was noted, so that nothing is repeated
    const places = await readLane('still', id);
    expect([places.length, new Set(places).size]).toEqual([MESSAGES, MESSAGES]);
  }, 90_000);

  test('that a process left which was killed is taken up when its lease is over', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'left-'));
    writeFileSync(join(folder, 'hub.yaml'), productHubFile(prefix));
    const { kafkaBrokers: brokers, registryUrl: url } = serverAddresses();
    const hub = await openReplayHub({
      ...{ file: loadHubFile(join(folder, 'hub.yaml')), brokers, databaseUrl: place.database.place.url, name: 'left' },
      ...{ schemas: new SchemaRegistry({ url }), poolSize: 2, clock: systemClock, logger: silentLogger },
    });
    const id = await hub.during(async ({ replays }) => {
      const to = { kind: 'lane', group: `${prefix}left` } as const;
      const pace = { perSecond: null, rampMs: 0 };
      return replays.order(await replays.plan({ source: topic, to, selection: {}, pace }), 'test');
    });
    // as a runner has it that was killed right after it began
    expect(await hub.replayStore.claim(id, 'killed', 1_000, 'hub')).toMatchObject({ kind: 'claimed' });
    await hub.close();
    rmSync(folder, { recursive: true });
    await untilTrue(async () => (await replay(id))['state'] === 'done');
    expect(new Set(await readLane('left', id)).size).toBe(MESSAGES);
  }, 60_000);
});

describe('what is asked for wrongly', () => {
  const both = async (body: object): Promise<ApiAnswer[]> => [
    await admin.post('replays/plan', body),
    await admin.post('replays', body),
  ];

  test.each<readonly [string, object, number, string]>([
    ['a topic that there is not', { source: 'no.such', to: lane(group) }, 404, 'HUB_TOPIC_MISSING'],
    ['a group that there is not', wish(lane('nobody')), 404, 'HUB_NOT_FOUND'],
    ['a topic of the hub', wish({ kind: 'topic', topic: `${prefix}golden.price.v1` }), 409, 'HUB_REPLAY_REFUSED'],
    ['a target that has data', wish({ kind: 'topic', topic: `${prefix}full` }), 409, 'HUB_REPLAY_REFUSED'],
    ['a partition that there is not', wish(lane(group), { offsets: [{ partition: 9 }] }), 400, 'HUB_REQUEST_INVALID'],
    [
      'an offset that is none',
      wish(lane(group), { offsets: [{ partition: 0, from: '-1' }] }),
      400,
      'HUB_REQUEST_INVALID',
    ],
    ['a time without a zone', wish(lane(group), { from: '2026-01-01T00:00' }), 400, 'HUB_REQUEST_INVALID'],
    [
      'an empty time range',
      wish(lane(group), { from: '2026-01-02T00:00:00Z', until: '2026-01-01T00:00:00Z' }),
      400,
      'HUB_REQUEST_INVALID',
    ],
    [
      'a pattern that RE2 does not know',
      wish(lane(group), { where: [{ on: 'field', name: 'a', test: 'matches', value: '(a)\\1' }] }),
      400,
      'HUB_REQUEST_INVALID',
    ],
    ['a hostile name', wish({ kind: 'topic', topic: '<img onerror=1>' }), 400, 'HUB_REQUEST_INVALID'],
    ['something else besides', wish(lane(group), { x: 1 }), 400, 'HUB_REQUEST_INVALID'],
    ['nothing', {}, 400, 'HUB_REQUEST_INVALID'],
  ])('%s is refused with a code, and nothing is begun', async (_name, body, status, code) => {
    const before = (await admin.get('replays')).body['list'];
    for (const answer of await both(body)) expect(answer).toMatchObject({ status, body: { code } });
    expect((await admin.get('replays')).body['list']).toEqual(before);
  });

  test('a key of which there is no message is shown by the dry run, and not started', async () => {
    const [dry, start] = await both(wish(lane(group), { keys: ['none'] }));
    expect(dry).toMatchObject({ status: 200, body: { selected: 0, keysNotFound: ['none'] } });
    expect(start).toMatchObject({ status: 404, body: { code: 'HUB_NOT_FOUND' } });
    expect(await admin.get('replays/none')).toMatchObject({ status: 404, body: { code: 'HUB_NOT_FOUND' } });
  });
});

describe('offsets from the page', () => {
  const at = { group: still, topic };
  const committed = (): Promise<Map<number, bigint>> => topics.committedOffsets(still, topic);

  test('are shown first, reset with a reason, and brought back', async () => {
    expect((await admin.get('groups')).body['list']).toEqual(expect.arrayContaining([group, still]));
    const shown = await admin.post('offsets/plan', { ...at, to: { kind: 'time', at: '2999-01-01T00:00:00Z' } });
    expect(shown).toMatchObject({
      status: 200,
      body: { partitions: [{ partition: 0, from: '3', remark: 'no record at or after that time' }, { partition: 1 }] },
    });
    expect(await committed()).toEqual(new Map([[0, 3n]]));
    const to = { kind: 'shift', by: '-2' };
    expect(await admin.post('offsets/reset', { ...at, to })).toMatchObject({ status: 400 }); // no reason
    expect(await admin.post('offsets/reset', { ...at, to, reason: 'a bad deploy' })).toMatchObject({ status: 200 });
    expect((await committed()).get(0)).toBe(1n);
    expect(await admin.post('offsets/undo/plan', at)).toMatchObject({ body: { partitions: [{ from: '1', to: '3' }] } });
    expect(await admin.post('offsets/undo', { ...at, reason: 'it was right' })).toMatchObject({ status: 200 });
    expect((await committed()).get(0)).toBe(3n);
    expect(await admin.post('offsets/undo/plan', at)).toMatchObject({ status: 404 });
  });

  test.each<readonly [string, object, number, string]>([
    ['a group with members', { group }, 409, 'HUB_GROUP_ACTIVE'],
    ['a group of the hub', { group: `${prefix}golden` }, 409, 'HUB_REPLAY_REFUSED'],
    ['a group that there is not', { group: 'nobody' }, 404, 'HUB_NOT_FOUND'],
    ['a group whose name no audit could hold', { group: 'a\0b' }, 400, 'HUB_REQUEST_INVALID'],
    ['a topic that there is not', { topic: 'no.such' }, 404, 'HUB_TOPIC_MISSING'],
    ['an offset that is none', { to: { kind: 'offset', offset: 'x' } }, 400, 'HUB_REQUEST_INVALID'],
  ])('%s is refused with a code', async (_name, part, status, code) => {
    const body = { ...at, to: { kind: 'latest' }, reason: 'test', ...part };
    expect(await admin.post('offsets/reset', body)).toMatchObject({ status, body: { code } });
    expect(admin.fatal).toEqual([]);
  });
});
