import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { allowedAfter, chunkSize } from './replay-pace.js';

test('a rate grows from a twentieth to all of it, then stays', () => {
  const pace = { perSecond: 1_000, rampMs: 10_000 };
  const rate = (fromMs: number, untilMs: number): number =>
    ((allowedAfter(pace, untilMs) - allowedAfter(pace, fromMs)) * 1_000) / (untilMs - fromMs);
  expect(rate(0, 1)).toBeCloseTo(50, 0);
  expect(rate(4_999, 5_001)).toBeCloseTo(525, 0);
  expect(rate(10_000, 20_000)).toBeCloseTo(1_000, 5);
});

test('never more than the rate, and never less as time goes by', () => {
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(100_000), fc.nat(100_000), (rampMs, elapsedMs, laterMs) => {
      const pace = { perSecond: 500, rampMs };
      const allowed = allowedAfter(pace, elapsedMs);
      expect(allowed).toBeLessThanOrEqual((500 * elapsedMs) / 1_000 + 1e-6);
      expect(allowedAfter(pace, elapsedMs + laterMs)).toBeGreaterThanOrEqual(allowed);
    }),
  );
});

test('chunks are small where the rate is', () => {
  const sizes = [1, 100, 1e9].map((perSecond) => chunkSize({ perSecond, rampMs: 0 }));
  expect(sizes).toEqual([1, 25, 5_000]);
  expect(allowedAfter({ perSecond: null, rampMs: 0 }, 0)).toBe(Number.POSITIVE_INFINITY);
});
