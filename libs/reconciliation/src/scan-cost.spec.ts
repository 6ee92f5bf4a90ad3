import { expect, test } from '@jest/globals';
import { costOfScan, minutesLeft } from './scan-cost.js';

const MILLION = { records: 1_000_000, pageSize: 1_000, callsPerSecond: 2 };

test('a million records, a thousand a page, at two calls a second', () => {
  expect(costOfScan(MILLION)).toEqual({ ...MILLION, pages: 1_000, minutes: 1_000 / 120 });
  expect(costOfScan({ ...MILLION, callsPerSecond: null })).toMatchObject({ pages: 1_000, minutes: null });
  expect(costOfScan({ ...MILLION, records: 1_001 })).toMatchObject({ pages: 2 });
  expect(costOfScan({ ...MILLION, records: 0 })).toMatchObject({ pages: 1 });
});

test('what is left follows the pace so far, and never promises more than the rate allows', () => {
  const cost = costOfScan(MILLION);
  expect(minutesLeft(cost, { pages: 0, scanned: 0, beganAtMs: 0 }, 60_000)).toBe(cost.minutes);
  expect(minutesLeft(cost, { pages: 250, scanned: 250_000, beganAtMs: 0 }, 10 * 60_000)).toBe(30);
  expect(minutesLeft(cost, { pages: 250, scanned: 250_000, beganAtMs: 0 }, 1_000)).toBe(750 / 120);
  expect(minutesLeft(cost, { pages: 1_002, scanned: 1_000_100, beganAtMs: 0 }, 60_000)).toBe(0);
});
