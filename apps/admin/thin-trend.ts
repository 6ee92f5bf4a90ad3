import type { TrendPoint } from '#contracts';

/** One measurement in each slot, whichever replica takes it. */
export const SLOT_MS = 30_000;
/** So long every measurement is kept; of what is older, some of every bucket. */
export const FINE_MS = 60 * 60_000;
export const BUCKET_MS = 5 * 60_000;
/** So long anything is kept. */
export const KEPT_MS = 24 * 60 * 60_000;

/** What the peaks of a bucket are peaks of. */
const PEAKS: readonly ((point: TrendPoint) => number)[] = [
  ({ stores }) => sum(stores.map(({ due = 0 }) => due)),
  ({ waiting }) => sum(Object.values(waiting)),
  ({ stores }) => sum(stores.flatMap(({ open = {} }) => Object.values(open))),
  ({ stores }) => Math.max(0, ...stores.map(({ behindMs = 0 }) => behindMs)),
];

/** The number of points that are kept of one bucket at most. */
export const KEPT_OF_BUCKET = PEAKS.length;

/** Number of the slot in which a time lies. */
export function slotOf(ms: number): number {
  return Math.floor(ms / SLOT_MS);
}

/** First slot that is not thinned yet: the bucket of an hour ago has not left the fine hour whole. */
export function firstFineSlot(nowMs: number): number {
  return (Math.floor((nowMs - FINE_MS) / BUCKET_MS) * BUCKET_MS) / SLOT_MS;
}

/**
 * Of each bucket the first measurement at each peak: most to write, most events waiting, most open drift, longest behind. What is
 * left was all measured, and no peak of the whole hub is lost. Points in their order. Pure; thinning again changes nothing.
 */
export function thinTrend<Point extends TrendPoint>(points: readonly Point[]): Point[] {
  const buckets = new Map<number, Point[]>();
  for (const point of points) {
    const bucket = Math.floor(Date.parse(point.at) / BUCKET_MS);
    buckets.set(bucket, [...(buckets.get(bucket) ?? []), point]);
  }
  return [...buckets.values()].flatMap((bucket) => {
    const kept = new Set(PEAKS.map((measure) => firstHighest(bucket, measure)));
    return bucket.filter((point) => kept.has(point));
  });
}

function firstHighest<Point>(points: readonly Point[], measure: (point: Point) => number): Point | undefined {
  let [highest, most] = [points[0], Number.NEGATIVE_INFINITY];
  for (const point of points) {
    const value = measure(point);
    if (value > most) [highest, most] = [point, value];
  }
  return highest;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
