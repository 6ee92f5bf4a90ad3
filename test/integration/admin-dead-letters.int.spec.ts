import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { DEAD_LETTER_HEADERS, type DecodedMessage } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { CreateHeldKeys, CreateOutboxTables } from '#store-postgres';
import { untilTrue } from '../harness/dead-letters.js';
import { unique } from '../harness/servers.js';
import { SignedInAdmin } from './signed-in-admin.js';
import { aNumberedRow, EFFECT_TABLE, ScriptedConsumer } from './messaging-consumer.js';
import { useMessagingPlace } from './messaging-place.js';
import { productHubFile } from './product-hub.js';

const prefix = `${unique('adl').replace('_', '-')}.`;
const group = `${prefix}shop`;
const topic = `${prefix}golden.product.v1`;
const lane = `${prefix}lane.shop.golden.product.v1`;
const deadLetterTopic = `${prefix}shop.dead-letter.v1`;
const MANY = 10_000;
const place = useMessagingPlace('admin_letters', {
  migrations: [CreateOutboxTables, CreateHeldKeys],
  effectTable: EFFECT_TABLE,
});
const { connection, codec, topics, publisher, created } = place;
const refused = new Set(['3', '4', '7']);
let consumer: ScriptedConsumer;

type Data = Record<string, unknown>;

function refuse(messages: readonly DecodedMessage[]): void {
  for (const { record } of messages)
    if (refused.has(String(record?.['runId'])))
      throw new HubError('HUB_PAYLOAD_INVALID', `Run ${String(record?.['runId'])} is refused.`);
}

beforeAll(async () => {
  await topics.ensure([
    { name: topic, kind: 'golden', partitions: 2 },
    { name: deadLetterTopic, kind: 'dead-letter', partitions: 1 },
  ]);
  created.push(topic, deadLetterTopic, lane);
  consumer = new ScriptedConsumer({
    ...{ topic, groupId: group, deadLetterTopic, connection, codec, database: place.database },
    tuning: { replayLanes: { prefix } },
  });
  consumer.before = async (messages) => refuse(messages);
  await consumer.start();
  await publisher.publish(Array.from({ length: 10 }, (_, at) => aNumberedRow(codec, topic, `k${at % 5}`, at)));
});
afterAll(async () => {
  await consumer.stop();
});
const admin = new SignedInAdmin(productHubFile(prefix), () => place.database.place.url);

const listed = async (path: string): Promise<Data[]> => (await admin.get(path)).body['list'] as Data[];
const groups = (): Promise<Data[]> => listed('dead-letters/groups');
const numbersIn = async (of: string): Promise<number[]> => {
  const text = 'SELECT number FROM effect WHERE topic = $1 ORDER BY id';
  return (await place.database.query<{ number: number }>(text, [of])).map(({ number }) => number);
};
const idOf = async (key: string): Promise<string> => {
  const letter = (await listed(`dead-letters?consumer=${group}`)).find((one) => one['key'] === key);
  return String(letter?.['id']);
};

describe('dead letters on the page', () => {
  test('are grouped by cause; a letter shows its message, where it comes from, and why', async () => {
    await untilTrue(async () => (await groups())[0]?.['letters'] === 3);
    expect(await groups()).toMatchObject([
      { consumer: group, topics: [topic], reason: 'Run # is refused.', kind: 'permanent', held: 0 },
    ]);
    expect(await admin.get(`dead-letters/${await idOf('k3')}`)).toMatchObject({
      status: 200,
      body: {
        letter: { key: 'k3', origin: { topic }, attempts: 1, state: 'open', code: 'HUB_PAYLOAD_INVALID' },
        ...{ value: { runId: '3', at: '2026-11-23T04:05:06.123456Z' }, problem: null, headers: { ce_id: '3' } },
      },
    });
    await untilTrue(async () => {
      const { problems, deadLetters } = (await admin.get('overview')).body;
      return (deadLetters as Data)['letters'] === 3 && (problems as Data[]).some(({ id }) => id === 'dead-letters');
    });
  }, 60_000);

  test('an edit is checked against the schema, shown, and handled by the consumer', async () => {
    const id = await idOf('k4');
    const edit = (path: string, value: string | null): object => ({ edits: [{ path, value }] });
    expect(await admin.post(`dead-letters/${id}/edit/plan`, edit('runId', '44'))).toEqual({
      status: 200,
      body: { changes: [{ path: 'runId', from: '"4"', to: '"44"' }] },
    });
    for (const [path, value, status, code] of [
      ['at', 'yesterday', 422, 'HUB_PAYLOAD_INVALID'],
      ['runId', null, 422, 'HUB_PAYLOAD_INVALID'],
      ['colour', 'red', 400, 'HUB_REQUEST_INVALID'],
      ['__proto__.x', '1', 400, 'HUB_REQUEST_INVALID'],
    ] as const)
      expect(await admin.post(`dead-letters/${id}/edit`, edit(path, value))).toMatchObject({ status, body: { code } });
    expect((await admin.get(`dead-letters/${id}`)).body).toMatchObject({ letter: { state: 'open', isEdited: false } });
    expect(await admin.post(`dead-letters/${id}/edit`, edit('runId', '44'))).toMatchObject({ status: 200 });
    await untilTrue(async () => (await numbersIn(lane)).includes(44));
    expect(await admin.post(`dead-letters/${id}/edit`, edit('runId', '45'))).toMatchObject({
      ...{ status: 409, body: { code: 'HUB_REPLAY_REFUSED' } },
    });
  }, 60_000);

  test('a note stays, and a letter is given up only with a reason', async () => {
    const id = await idOf('k2');
    expect(await admin.post(`dead-letters/${id}/note`, { note: 'asked the ERP team' })).toMatchObject({ status: 204 });
    expect(await admin.post('dead-letters/discard', { ids: [id] })).toMatchObject({ status: 400 });
    const discarded = await admin.post('dead-letters/discard', { ids: [id], reason: 'test data' });
    expect(discarded).toMatchObject({ status: 200, body: { letters: 1 } });
    expect(await admin.post('dead-letters/discard', { ids: [id], reason: 'again' })).toMatchObject({ status: 404 });
    const settings = (await admin.get('settings')).body;
    expect(settings['acts']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ actor: 'web:admin', act: 'dead-letters.discarded', reason: 'test data' }),
      ]),
    );
  });

  test('ten thousand are shown before, marked at once, and sent in order, also by the next server', async () => {
    const names = DEAD_LETTER_HEADERS;
    const parked = Array.from({ length: MANY }, (_, at) => {
      const row = aNumberedRow(codec, deadLetterTopic, `m${at % 50}`, 1_000 + at);
      const headers = encodeHeaders({
        ...{
          [names.code]: 'HUB_SOURCE_TIMEOUT',
          [names.message]: `No answer after ${at} ms.`,
          [names.consumer]: group,
        },
        ...{ [names.topic]: topic, [names.partition]: '0', [names.timestamp]: '1' },
        [names.offset]: String(1_000_000 + at),
      });
      return { ...row, headers };
    });
    await publisher.publish(parked);
    await untilTrue(async () => (await groups()).some(({ letters }) => letters === MANY));
    const choice = { kind: 'transient' };
    expect(await admin.post('dead-letters/plan', choice)).toMatchObject({
      ...{ status: 200, body: { letters: MANY, held: 0, lanes: [{ lane, group, isRead: true }] } },
    });
    expect(await admin.post('dead-letters/retry', choice)).toEqual({ status: 200, body: { letters: MANY } });
    await admin.stop();
    await admin.start();
    await untilTrue(async () => (await admin.get('dead-letters/sending')).body['letters'] === 0);
    await untilTrue(async () => new Set(await numbersIn(lane)).size >= MANY + 1);
    const byKey = await place.database.query<{ numbers: number[] }>(
      `SELECT array_agg(number ORDER BY id) AS numbers FROM effect WHERE topic = $1 AND key LIKE 'm%' GROUP BY key`,
      [lane],
    );
    expect(byKey).toHaveLength(50);
    for (const { numbers } of byKey) expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    expect([consumer.fatal, admin.fatal]).toEqual([[], []]);
  }, 180_000);
});

test.each<readonly [string, string, object, readonly [number, string]]>([
  ['letters that nobody named', 'retry', {}, [400, 'HUB_REQUEST_INVALID']],
  ['a class that there is not', 'plan', { kind: 'odd' }, [400, 'HUB_REQUEST_INVALID']],
  ['ids that are none', 'retry', { ids: ["1'; DROP"] }, [400, 'HUB_REQUEST_INVALID']],
  ['a letter that there is not', 'retry', { ids: ['99999999'] }, [404, 'HUB_NOT_FOUND']],
  ['an edit of no letter', '99999999/edit', { edits: [{ path: 'a', value: 'b' }] }, [404, 'HUB_NOT_FOUND']],
  ['a note on no letter', 'x/note', { note: 'n' }, [404, 'HUB_NOT_FOUND']],
])('%s: refused with a code', async (_name, path, body, [status, code]) => {
  expect(await admin.post(`dead-letters/${path}`, body)).toMatchObject({ status, body: { code } });
});
