import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { TrendPoint } from '#contracts';
import { instantOfMs, type SystemId } from '#kernel';
import { BUCKET_MS, firstFineSlot, FINE_MS, KEPT_OF_BUCKET, SLOT_MS, slotOf, thinTrend } from './thin-trend.js';

const BEGAN_MS = Date.parse('2026-11-26T00:00:00Z');
const shop = { system: 'shop' as SystemId, entity: 'price' } as const;

interface Figures {
  readonly due: number;
  readonly waiting: number;
  readonly open: number;
  readonly behindMs: number;
}

/** One point in each slot. */
const points = fc
  .array(fc.record({ due: fc.nat(9), waiting: fc.nat(9), open: fc.nat(9), behindMs: fc.nat(9) }), { maxLength: 60 })
  .map((all) => all.map(aPoint));

function aPoint({ due, waiting, open, behindMs }: Figures, slot: number): TrendPoint {
  const stores = [{ ...shop, due, behindMs, open: { changed: open } }];
  return { at: instantOfMs(BEGAN_MS + slot * SLOT_MS), waiting: { shop: waiting }, stores };
}

const MEASURES: readonly ((point: TrendPoint) => number)[] = [
  ({ stores }) => stores[0]?.due ?? 0,
  ({ stores }) => stores[0]?.open?.changed ?? 0,
  ({ stores }) => stores[0]?.behindMs ?? 0,
  ({ waiting }) => waiting['shop'] ?? 0,
];

function inBuckets(all: readonly TrendPoint[]): Map<number, TrendPoint[]> {
  const buckets = new Map<number, TrendPoint[]>();
  for (const point of all) {
    const bucket = Math.floor(Date.parse(point.at) / BUCKET_MS);
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), point]);
  }
  return buckets;
}

test('what is kept was measured, has every peak of its bucket, and is bounded', () => {
  fc.assert(
    fc.property(points, (all) => {
      const kept = thinTrend(all);
      expect(all.filter((point) => kept.includes(point))).toEqual(kept);
      const [before, after] = [inBuckets(all), inBuckets(kept)];
      expect([...after.keys()]).toEqual([...before.keys()]);
      for (const [bucket, some] of after) {
        expect(some.length).toBeLessThanOrEqual(KEPT_OF_BUCKET);
        for (const measure of MEASURES)
          expect(Math.max(...some.map(measure))).toBe(Math.max(...(before.get(bucket) ?? []).map(measure)));
      }
    }),
  );
});

test('thinning twice, or in parts whose ends are those of buckets, is thinning once', () => {
  fc.assert(
    fc.property(points, (all) => {
      const once = thinTrend(all);
      expect(thinTrend(once)).toEqual(once);
      const half = slotOf(BEGAN_MS + 3 * BUCKET_MS);
      const isEarly = ({ at }: TrendPoint): boolean => slotOf(Date.parse(at)) < half;
      const parts = [all.filter(isEarly), all.filter((point) => !isEarly(point))];
      expect(parts.flatMap((part) => thinTrend(part))).toEqual(once);
    }),
  );
});

test('a quiet bucket keeps one', () => {
  const quiet = Array.from({ length: 10 }, (_, slot) => aPoint({ due: 0, waiting: 0, open: 0, behindMs: 0 }, slot));
  expect(thinTrend(quiet)).toEqual(quiet.slice(0, 1));
});

test('the last hour is never thinned, and what is thinned ends with a bucket', () => {
  fc.assert(
    fc.property(fc.integer({ min: BEGAN_MS, max: 2 * BEGAN_MS }), (nowMs) => {
      const firstMs = firstFineSlot(nowMs) * SLOT_MS;
      expect(firstMs % BUCKET_MS).toBe(0);
      expect(firstMs).toBeLessThanOrEqual(nowMs - FINE_MS);
      expect(firstMs).toBeGreaterThan(nowMs - FINE_MS - BUCKET_MS);
    }),
  );
});
