import { beforeAll, describe, expect, test } from '@jest/globals';
import { untilTrue } from '../harness/dead-letters.js';
import { productHubFile } from './product-hub.js';
import { RefusingConsumer } from './refusing-consumer.js';
import { SignedInAdmin } from './signed-in-admin.js';

const MANY = 10_000;
const shop = new RefusingConsumer('admin_letters', new Set(['3', '4', '7']));
const { group, topic, lane } = shop;
beforeAll(() => shop.publishTen());
const admin = new SignedInAdmin(productHubFile(shop.prefix), () => shop.place.database.place.url);

type Data = Record<string, unknown>;

const listed = async (path: string): Promise<Data[]> => (await admin.get(path)).body['list'] as Data[];
const groups = (): Promise<Data[]> => listed('dead-letters/groups');
const numbersIn = (of: string): Promise<number[]> => shop.numbersOf('topic', of);
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
    await shop.place.publisher.publish(Array.from({ length: MANY }, (_, at) => shop.aTransientLetter(at)));
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
    const byKey = await shop.lettersByKey();
    expect(byKey).toHaveLength(50);
    for (const numbers of byKey) expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
    expect([shop.fatal, admin.fatal]).toEqual([[], []]);
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
