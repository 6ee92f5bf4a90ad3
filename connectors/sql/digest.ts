import { combinedDigestSql, toCombinedDigest } from '#canonical';
import type { KeyRange, RangeDigest } from '#connector-sdk';
import { quote, type EntityPlan } from './entity-plan.js';
import { byteOrderSql, type Relations } from './relation.js';

const EMPTY: RangeDigest = { count: 0, xor: '0'.repeat(16), sum: '0'.repeat(16) };

/**
 * Digests of any ranges in one statement. The table is merged with the bounds in byte order of ids, so that one sort
 * gives every row the number of bounds before it. Probing each range by itself would need an index in byte order, which
 * a foreign table rarely has; `width_bucket` over texts compares each row with too many bounds.
 */
export async function digestRanges(
  relations: Relations,
  plan: EntityPlan,
  ranges: readonly KeyRange[],
): Promise<readonly RangeDigest[]> {
  if (ranges.length === 0) return [];
  const bounds = toBounds(ranges);
  const id = byteOrderSql(plan, await relations.typesOf(plan));
  const rows = await relations.query(plan, segmentsSql(plan, id), [bounds, ...outerBounds(ranges)]);
  const segments = new Map<number, RangeDigest>();
  for (const row of rows) {
    const digest = { count: row['count'] ?? '0', xor: row['xor'] ?? null, sum: row['sum'] ?? null };
    segments.set(Number(row['segment']), toCombinedDigest(digest));
  }
  const places = new Map(bounds.map((bound, place) => [bound, place]));
  return ranges.map((range) => digestOfRange(range, places, segments));
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
  const first = range.from === null ? 0 : (places.get(range.from) ?? 0) + 1;
  const last = range.to === null ? places.size : (places.get(range.to) ?? 0);
  let total = EMPTY;
  for (let segment = first; segment <= last; segment += 1) total = add(total, segments.get(segment) ?? EMPTY);
  return total;
}

function outerBounds(ranges: readonly KeyRange[]): [string | null, string | null] {
  const from = ranges.some((range) => range.from === null) ? null : (toBounds(ranges)[0] ?? null);
  const to = ranges.some((range) => range.to === null) ? null : (toBounds(ranges).at(-1) ?? null);
  return [from, to];
}

/** A row equal to a bound comes before it, since ranges include their end. */
function segmentsSql(plan: EntityPlan, id: string): string {
  return `SELECT s.segment::text AS segment, ${combinedDigestSql('s.digest')}
    FROM (
      SELECT m.digest, sum(m.is_bound) OVER (ORDER BY m.id COLLATE "C", m.is_bound ROWS UNBOUNDED PRECEDING) AS segment
      FROM (
        SELECT ${id} AS id, 0 AS is_bound, ${plan.digestSql} AS digest FROM ${plan.relation} AS t
        WHERE ($2::text IS NULL OR ${id} > $2) AND ($3::text IS NULL OR ${id} <= $3)
          AND t.${quote(plan.idColumn)} IS NOT NULL
        UNION ALL
        SELECT b.bound COLLATE "C", 1, NULL FROM unnest($1::text[]) AS b(bound)
      ) AS m
    ) AS s
    WHERE s.digest IS NOT NULL
    GROUP BY s.segment`;
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
