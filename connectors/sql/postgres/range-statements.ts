import { bitsTextSql, combinedBitsSql, packedDigestsSql, packedKeyDigestsSql } from '#canonical';
import type { KeyRange } from '#connector-sdk';
import { byteOrderSql, type ColumnTypes } from './column-types.js';
import type { PostgresClient } from './client.js';
import { quote, type PostgresPlan } from './postgres-plan.js';

/** A statement over ranges of one relation; `id` is its order. */
export interface RangeSql {
  readonly plan: PostgresPlan;
  /** {@link byteOrderSql} of the id column. */
  readonly id: string;
}

/** The parts that statements over ranges share. */
export function toRangeSql(plan: PostgresPlan, types: ColumnTypes): RangeSql {
  return { plan, id: byteOrderSql(plan, types) };
}

/** Whether a b-tree gives the ids of a table in byte order, so that a range of them is one probe. Views and queries have none. */
export async function hasByteOrder(client: PostgresClient, plan: PostgresPlan, types: ColumnTypes): Promise<boolean> {
  const type = types.get(plan.idColumn);
  if (plan.source.kind === 'query' || (type !== 'text' && type !== 'character varying')) return false;
  const [row] = await client.query(
    `SELECT EXISTS (
       SELECT FROM pg_index AS i
         JOIN pg_class AS c ON c.oid = i.indexrelid
         JOIN pg_am AS m ON m.oid = c.relam AND m.amname = 'btree'
         JOIN pg_opclass AS o ON o.oid = i.indclass[0] AND o.opcdefault
         JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] AND a.attname = $2
       WHERE i.indrelid = $1::regclass AND i.indisvalid AND i.indpred IS NULL
         AND i.indcollation[0] = 'pg_catalog."C"'::regcollation
     )::text AS has_order`,
    [plan.relation, plan.idColumn],
  );
  return row?.['has_order'] === 'true';
}

/** `$1`, `$2`: where ranges begin (exclusive) and end (inclusive). Column `packed`: one digest per range, in their order. */
export function digestProbesSql({ plan, id }: RangeSql, ranges: readonly KeyRange[]): string {
  // once a row: without OFFSET 0 the planner sees through the subselect, and each aggregate hashes the row again
  const parts = branchesOf(ranges, id).map(
    (condition) => `(SELECT ${plan.bitsSql} AS bits FROM ${plan.relation} AS t WHERE ${condition} OFFSET 0)`,
  );
  return `SELECT ${packedDigestsSql('d', 'r.place')} AS packed
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS r(lower, upper, place)
    CROSS JOIN LATERAL (SELECT ${combinedBitsSql('a.bits')} FROM (${parts.join(' UNION ALL ')}) AS a) AS d`;
}

/** `$1`, `$2` as above. Column `packed`: ids and digests of all rows of the ranges. */
export function findProbesSql({ plan, id }: RangeSql, ranges: readonly KeyRange[]): string {
  const column = `t.${quote(plan.idColumn)}::text`;
  const parts = branchesOf(ranges, id).map(
    (condition) => `SELECT ${column} AS id, ${plan.digestSql} AS digest FROM ${plan.relation} AS t WHERE ${condition}`,
  );
  return `SELECT ${packedKeyDigestsSql('f.id', 'f.digest')} AS packed FROM unnest($1::text[], $2::text[]) AS r(lower, upper)
    CROSS JOIN LATERAL (${parts.join(' UNION ALL ')}) AS f`;
}

/**
 * Conditions on a row, one per kind of range that is asked for. They exclude each other: an `OR` over an open end would
 * make every probe read all that lies beyond.
 */
function branchesOf(ranges: readonly KeyRange[], id: string): string[] {
  const kinds = new Set(ranges.map(({ from, to }) => `${from === null ? '' : 'lower'} ${to === null ? '' : 'upper'}`));
  return [...kinds].map((kind) => {
    const lower = kind.includes('lower') ? `r.lower IS NOT NULL AND ${id} > r.lower` : 'r.lower IS NULL';
    const upper = kind.includes('upper') ? `r.upper IS NOT NULL AND ${id} <= r.upper` : 'r.upper IS NULL';
    return `${lower} AND ${upper} AND ${id} IS NOT NULL`;
  });
}

/**
 * Rows with their segment: the number of bounds (`$1`) before them, within the range after `$2` up to `$3`. A row equal
 * to a bound comes before it, since ranges include their end.
 */
function inSegmentsSql({ plan, id }: RangeSql): string {
  return `SELECT m.id, m.bits, sum(m.is_bound) OVER (ORDER BY m.id COLLATE "C", m.is_bound ROWS UNBOUNDED PRECEDING) AS segment
    FROM (
      SELECT ${id} AS id, 0 AS is_bound, ${plan.bitsSql} AS bits FROM ${plan.relation} AS t
      WHERE ($2::text IS NULL OR ${id} > $2) AND ($3::text IS NULL OR ${id} <= $3)
        AND t.${quote(plan.idColumn)} IS NOT NULL
      UNION ALL
      SELECT b.bound COLLATE "C", 1, NULL FROM unnest($1::text[]) AS b(bound)
    ) AS m`;
}

/** Digest per segment, in one pass. */
export function digestSegmentsSql(sql: RangeSql): string {
  return `SELECT s.segment::text AS segment, ${combinedBitsSql('s.bits')} FROM (${inSegmentsSql(sql)}) AS s
    WHERE s.bits IS NOT NULL GROUP BY s.segment`;
}

/** Ids and digests of the rows of segments `$4`, in one pass. */
export function findInSegmentsSql(sql: RangeSql): string {
  return `SELECT s.id, ${bitsTextSql('s.bits')} AS digest FROM (${inSegmentsSql(sql)}) AS s
    WHERE s.bits IS NOT NULL AND s.segment = ANY ($4::bigint[])`;
}
