import { expect, test } from '@jest/globals';
import type { ExplainReport } from '#contracts';
import { eventually } from '#testing';
import { GoldenUnderTest } from './golden-under-test.js';

const LONG = { timeoutMs: 30_000 };
const golden = new GoldenUnderTest();
const lane = `${golden.prefix}lane.golden.erp.price.changed.v1`;

async function explain(key: string): Promise<ExplainReport> {
  const headers = { authorization: `Bearer ${golden.token}` };
  return (await (await fetch(`${golden.url}/explain/price/${key}`, { headers })).json()) as ExplainReport;
}
const amountOf = async (key: string): Promise<unknown> => (await explain(key)).fields?.['amount']?.value;
const published = async (): Promise<bigint> =>
  [...(await golden.topics.endOffsets(golden.topic)).values()].reduce((sum, end) => sum + end, 0n);

test('a replay into golden makes nothing anew: what is known is ignored, what was missed is merged', async () => {
  const said = (sequence: bigint, amount: string) => ({ key: 'P', sequence, at: Number(sequence), fields: { amount } });
  await golden.publish([said(2n, '9.90')]);
  await eventually(async () => expect(await amountOf('P')).toBe('9.9'), LONG);
  // golden knows it a moment before its event is published
  await eventually(async () => expect(await published()).toBe(1n), LONG);
  const { version } = await explain('P');
  // an older one, the same once more, and one of a record that golden never saw
  const missed = { ...said(1n, '5'), key: 'MISSED' };
  await golden.publish([said(1n, '1'), said(2n, '9.90'), missed], lane);
  await eventually(async () => expect(await amountOf('MISSED')).toBe('5'), LONG);
  expect([await amountOf('P'), (await explain('P')).version]).toEqual(['9.9', version]);
  await eventually(async () => expect(await published()).toBe(2n), LONG);
}, 60_000);

test('what comes live goes on beside the lane, and is newer than what is replayed after it', async () => {
  const said = (sequence: bigint, amount: string) => ({ key: 'Q', sequence, at: Number(sequence), fields: { amount } });
  await golden.publish([said(7n, '7')]);
  await eventually(async () => expect(await amountOf('Q')).toBe('7'), LONG);
  await golden.publish([said(6n, '6'), { ...said(1n, '1'), key: 'LAST' }], lane);
  await eventually(async () => expect(await amountOf('LAST')).toBe('1'), LONG);
  expect(await amountOf('Q')).toBe('7');
}, 60_000);
