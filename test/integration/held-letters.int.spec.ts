import { expect, test } from '@jest/globals';
import { PostgresHeldKeys } from '#store-postgres';
import { untilTrue } from '../harness/dead-letters.js';
import { useProductHub } from './product-hub.js';
import { RefusingConsumer } from './refusing-consumer.js';

const shop = new RefusingConsumer('held_letters', new Set(), { holds: 'facts', lanes: 2 });
const { topic, refused } = shop;
const cli = useProductHub(shop.prefix, shop.place);

type Data = Record<string, unknown>;

const letters = (...args: string[]): ReturnType<typeof cli> => cli('dead-letters', ...args);
const openLetters = async (): Promise<Data[]> => {
  const groups = (await letters('list')).data['groups'] as Data[];
  const of = groups.map(({ groupId }) => letters('list', '--group', String(groupId)));
  return (await Promise.all(of)).flatMap(({ data }) => data['letters'] as Data[]);
};
const free = async (): Promise<Data[]> => (await openLetters()).filter(({ heldBehind }) => heldBehind === null);
const effects = (key: string): Promise<number[]> => shop.numbersOf('key', key);
const publish = (key: string, numbers: readonly number[]): Promise<void> => shop.publish(key, numbers);
const isHeld = async (key: string): Promise<boolean> =>
  (await new PostgresHeldKeys(shop.place.database).findHeld(topic, [key])).size > 0;

test('a retry that works lets what waits behind it follow, in order, and then what comes', async () => {
  refused.add('1');
  await publish('k', [1, 2, 3, 4]);
  await untilTrue(async () => (await openLetters()).length === 4);
  expect(await effects('k')).toEqual([]);
  const [first] = await free();
  expect(await letters('retry', String(first?.['id']), '--execute', '--yes')).toMatchObject({ data: { sent: 1 } });
  // refused once more: it is its letter again, and everything still waits
  await untilTrue(async () => (await free())[0]?.['attempts'] === 2);
  expect([await effects('k'), await isHeld('k')]).toEqual([[], true]);
  refused.clear();
  await letters('retry', String(first?.['id']), '--execute', '--yes');
  await untilTrue(async () => !(await isHeld('k')));
  await publish('k', [5]);
  await untilTrue(async () => (await effects('k')).length === 5);
  expect(await effects('k')).toEqual([1, 2, 3, 4, 5]);
  expect(await openLetters()).toEqual([]);
}, 90_000);

test('one that is given up lets the rest follow; one of the rest that fails holds the key from then on', async () => {
  for (const number of ['11', '13']) refused.add(number);
  await publish('m', [11, 12, 13, 14]);
  await untilTrue(async () => (await openLetters()).length === 4);
  const [first] = await free();
  const discarded = await letters('discard', String(first?.['id']), '--reason', 'test data', '--execute', '--yes');
  expect(discarded).toMatchObject({ code: 0, data: { discarded: 1 } });
  await untilTrue(async () => (await effects('m')).includes(12) && (await openLetters()).length === 2);
  expect(await free()).toMatchObject([{ key: 'm', reason: 'Run 13 is refused.', code: 'HUB_PAYLOAD_INVALID' }]);
  expect([await effects('m'), await isHeld('m')]).toEqual([[12], true]);
  await letters('edit', String((await free())[0]?.['id']), '--set', 'runId=33', '--execute', '--yes');
  await untilTrue(async () => (await effects('m')).length === 3);
  expect(await effects('m')).toEqual([12, 33, 14]);
  await untilTrue(async () => (await openLetters()).length === 0);
  expect([await isHeld('m'), shop.fatal]).toEqual([false, []]);
}, 90_000);
