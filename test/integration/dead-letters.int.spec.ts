import { expect, test } from '@jest/globals';
import { DEAD_LETTER_HEADERS } from '#messaging-kafka';
import { encodeHeaders } from '#outbox';
import { untilTrue } from '../harness/dead-letters.js';
import { useProductHub } from './product-hub.js';
import { RefusingConsumer } from './refusing-consumer.js';

const MANY = 10_000;
const shop = new RefusingConsumer('letters');
const { group, topic, lane, refused } = shop;

type Data = Record<string, unknown>;

const cli = useProductHub(shop.prefix, shop.place);
const letters = (...args: string[]): ReturnType<typeof cli> => cli('dead-letters', ...args);

const groups = async (): Promise<Data[]> => (await letters('list')).data['groups'] as Data[];
const idOf = async (number: number): Promise<string> => {
  const found = (await letters('list', '--consumer', group, '--group', String((await groups())[0]?.['groupId']))).data;
  const letter = (found['letters'] as Data[]).find(({ key }) => key === `k${number % 5}`);
  return String(letter?.['id']);
};
const numbersIn = (of: string): Promise<number[]> => shop.numbersOf('topic', of);

test('letters are grouped by cause, retried through the lane, and known when they are parked again', async () => {
  for (const number of ['3', '4', '7']) refused.add(number);
  await shop.publishTen();
  await untilTrue(async () => (await numbersIn(topic)).length === 7);
  expect(await groups()).toMatchObject([
    { letters: 3, consumer: group, topics: [topic], reason: 'Run # is refused.', kind: 'permanent' },
  ]);
  const dry = await letters('retry', '--all');
  expect(dry.data).toMatchObject({ plan: { letters: 3, held: 0, lanes: [{ lane, group, isRead: true }] } });

  refused.delete('3');
  expect(await letters('retry', '--all', '--execute', '--yes')).toMatchObject({ code: 0, data: { sent: 3, gone: 0 } });
  await untilTrue(async () => (await numbersIn(lane)).length === 1);
  await untilTrue(async () => (await groups())[0]?.['letters'] === 2);
  const shown = await letters('show', await idOf(4));
  expect(shown.data).toMatchObject({ attempts: 2, state: 'open', origin: { topic }, record: { runId: '4' } });
}, 90_000);

test('an edit is shown, must fit the schema, and goes to the consumer', async () => {
  const id = await idOf(4);
  expect((await letters('edit', id, '--set', 'runId=44')).data).toEqual({
    changes: [{ path: 'runId', from: '"4"', to: '"44"' }],
  });
  const unfit = await letters('edit', id, '--set', 'at=yesterday', '--execute', '--yes');
  expect(unfit.data).toMatchObject({ error: { code: 'HUB_PAYLOAD_INVALID' } });
  const unknown = await letters('edit', id, '--set', 'colour=red');
  expect(unknown.data).toMatchObject({ error: { code: 'HUB_REQUEST_INVALID' } });
  expect(await letters('edit', id, '--set', 'runId=44', '--execute', '--yes')).toMatchObject({ data: { sent: 1 } });
  await untilTrue(async () => (await numbersIn(lane)).includes(44));
}, 60_000);

test('a letter that is given up keeps the reason, and what is not there is refused with a code', async () => {
  const id = await idOf(7);
  expect((await letters('note', id, 'asked the ERP team')).data).toMatchObject({ id });
  expect((await letters('discard', id, '--reason', 'test data')).data).toEqual({ open: 1 });
  expect((await letters('discard', id, '--reason', 'test data', '--execute', '--yes')).data).toEqual({ discarded: 1 });
  expect((await letters('show', id)).data).toMatchObject({ state: 'discarded', note: 'test data' });
  expect(await groups()).toEqual([]);
  const codes = [
    ['show', '999999'],
    ['note', 'no-id', 'x'],
    ['retry', '--class', 'odd'],
    ['retry', '--execute', '--yes'],
  ].map(async (args) => ((await letters(...args)).data['error'] as Data)['code']);
  const wanted = ['HUB_NOT_FOUND', 'HUB_NOT_FOUND', 'HUB_REQUEST_INVALID', 'HUB_REQUEST_INVALID'];
  expect(await Promise.all(codes)).toEqual(wanted);
}, 60_000);

test('ten thousand letters, some of them nonsense, are retried at once and in order', async () => {
  const parked = Array.from({ length: MANY }, (_, at) => shop.aTransientLetter(at));
  const headers = encodeHeaders({ [DEAD_LETTER_HEADERS.consumer]: group });
  await shop.place.publisher.publish([{ ...shop.aTransientLetter(0), value: Buffer.from('x'), headers }, ...parked]);
  expect(await groups()).toMatchObject([{ letters: MANY, kind: 'transient', reason: 'No answer after # ms.' }]);
  const done = await letters('retry', '--class', 'transient', '--execute', '--yes');
  expect(done).toMatchObject({ code: 0, data: { sent: MANY, gone: 0 } });
  await untilTrue(async () => (await numbersIn(lane)).length >= MANY + 2);
  const byKey = await shop.lettersByKey();
  expect(byKey).toHaveLength(50);
  for (const numbers of byKey) expect(numbers).toEqual([...numbers].sort((left, right) => left - right));
  expect(await groups()).toEqual([]);
  expect(shop.fatal).toEqual([]);
}, 180_000);
