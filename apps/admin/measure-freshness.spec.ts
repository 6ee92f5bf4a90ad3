import { expect, test } from '@jest/globals';
import { HEADERS } from '#contracts';
import { instantOfMs } from '#kernel';
import { measureFreshness } from './measure-freshness.js';

const aMessage = (timestampMs: number, delayMs: number | null): Parameters<typeof measureFreshness>[0][number] => ({
  timestampMs,
  headers: delayMs === null ? {} : { [HEADERS.time]: instantOfMs(timestampMs - delayMs) },
});

test('says the age of the newest and, of all that say their time, how long they took', () => {
  const slow = Array.from({ length: 100 }, (_, index) => aMessage(10_000 + index, index + 1));
  expect(measureFreshness([...slow, aMessage(20_000, null)])).toEqual({
    ...{ newestAt: instantOfMs(20_000), sample: 101, p50Ms: 50, p95Ms: 95 },
  });
});

test('an empty topic has no freshness; one whose messages say no time has no delay; a clock ahead makes none negative', () => {
  expect(measureFreshness([])).toBeNull();
  expect(measureFreshness([aMessage(10, null)])).toMatchObject({ p50Ms: null, p95Ms: null });
  expect(measureFreshness([aMessage(10_000, -500)])).toMatchObject({ p95Ms: 0 });
});
