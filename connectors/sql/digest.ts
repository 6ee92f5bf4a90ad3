import type { KeyRange, RangeDigest } from '#connector-sdk';
import type { IdDigest, IdRange, SqlTable } from './database.js';

const EMPTY: RangeDigest = { count: 0, xor: '0'.repeat(16), sum: '0'.repeat(16) };

/**
 * Digests of any ranges in one statement: by probes of an index in byte order of ids where there is one. A foreign table
 * rarely has it; then the table is merged with the bounds in byte order, so that one pass and one sort give every row the
 * number of bounds before it. `width_bucket` over texts compares each row with too many bounds.
 */
export async function digestRanges(table: SqlTable, ranges: readonly KeyRange[]): Promise<readonly RangeDigest[]> {
  if (ranges.length === 0) return [];
  const probes = await table.probes();
  if (probes) return probes.digestRanges(ranges);
  const bounds = toBounds(ranges);
  const segments = await table.digestSegments(bounds, outerRange(ranges, bounds));
  const places = new Map(bounds.map((bound, place) => [bound, place]));
  return ranges.map((range) => digestOfRange(range, places, segments));
}

/** Ids and digests of the rows of any ranges that do not overlap, in one statement, by probes or by one pass. */
export async function findDigests(table: SqlTable, ranges: readonly KeyRange[]): Promise<readonly IdDigest[]> {
  if (ranges.length === 0) return [];
  const probes = await table.probes();
  if (probes) return probes.findDigests(ranges);
  const bounds = toBounds(ranges);
  const places = new Map(bounds.map((bound, place) => [bound, place]));
  const wanted = new Set(ranges.flatMap((range) => segmentsOf(range, places)));
  return table.findInSegments(bounds, outerRange(ranges, bounds), [...wanted]);
}

/** Every bound once, in byte order; segment `n` lies after bound `n - 1`, up to and including bound `n`. */
export function toBounds(ranges: readonly KeyRange[]): string[] {
  const bounds = new Set(ranges.flatMap(({ from, to }) => [from, to]).filter((bound) => bound !== null));
  return [...bounds].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Adds up the segments of a range; it begins and ends at bounds, whose places are given. */
export function digestOfRange(
  range: KeyRange,
  places: ReadonlyMap<string, number>,
  segments: ReadonlyMap<number, RangeDigest>,
): RangeDigest {
  let total = EMPTY;
  for (const segment of segmentsOf(range, places)) total = add(total, segments.get(segment) ?? EMPTY);
  return total;
}

/** Numbers of the segments that make up a range. */
function segmentsOf(range: KeyRange, places: ReadonlyMap<string, number>): number[] {
  const first = range.from === null ? 0 : (places.get(range.from) ?? 0) + 1;
  const last = range.to === null ? places.size : (places.get(range.to) ?? 0);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
}

function outerRange(ranges: readonly KeyRange[], bounds: readonly string[]): IdRange {
  return {
    after: ranges.some((range) => range.from === null) ? null : (bounds[0] ?? null),
    to: ranges.some((range) => range.to === null) ? null : (bounds.at(-1) ?? null),
  };
}

function add(left: RangeDigest, right: RangeDigest): RangeDigest {
  return {
    count: left.count + right.count,
    xor: toHex(toBits(left.xor) ^ toBits(right.xor)),
    sum: toHex(toBits(left.sum) + toBits(right.sum)),
  };
}

function toBits(hex: string): bigint {
  return BigInt(`0x${hex}`);
}

function toHex(bits: bigint): string {
  return BigInt.asUintN(64, bits).toString(16).padStart(16, '0');
}
