import type { NumberRange } from './passed-runs.js';

/** Which rows to read. */
export interface PageOfRows {
  readonly shard: number;
  /** Ascending. */
  readonly ranges: readonly NumberRange[];
  readonly limit: number;
  /** Rows that the caller has. */
  readonly except: readonly bigint[];
}

/** So many numbers are sorted without harm. */
const NARROW = 10_000n;

/**
 * Copies the oldest pending rows of the ranges but those that the caller has. Ranges are read one after the other, and no
 * further than the limit: PostgreSQL works off a UNION ALL in its order where no worker helps, which `Database` forbids. The
 * numbers are our own: a COPY takes no parameters. Locks: none.
 */
export function findPendingSql({ shard, ranges, limit, except }: PageOfRows): string {
  const parts = ranges.map((range, index) => {
    const inside = index === 0 ? except.filter((sequence) => isIn(range, sequence)) : [];
    return `(${rangeSql(shard, range, limit, inside)})`;
  });
  const rows = parts.length === 1 ? (parts[0] ?? '') : `(${parts.join(' UNION ALL ')} LIMIT ${limit})`;
  return `COPY ${rows} TO STDOUT (FORMAT binary)`;
}

/**
 * Only the lowest range may hold rows in flight, where there were too many. Where rows are compared and not columns, the planner
 * takes the primary key for the order even without statistics: it would sort the whole table for each page (120 ms instead of 2
 * for 100,000 rows). But a scan of PostgreSQL's stops at the end of a row's range only where the first column decides it, and
 * would read on to the end of the shard (10 ms for 2 of 300,000 rows): a wide range ends after so many rows instead.
 */
function rangeSql(shard: number, range: NumberRange, limit: number, inside: readonly bigint[]): string {
  const { after, before } = range;
  const isNarrow = before !== null && before - after <= NARROW;
  const oldest = `SELECT sequence, topics, key, value, headers, created_at FROM outbox
    WHERE ${isNarrow ? columnsSql(shard, after, before) : rowsSql(shard, after)}
    ORDER BY shard, sequence LIMIT ${limit + inside.length}`;
  const others = [
    ...(isNarrow || before === null ? [] : [`sequence < ${before}`]),
    // PostgreSQL 15 and newer hash the list
    ...(inside.length === 0 ? [] : [`sequence <> ALL ('{${inside.join()}}'::bigint[])`]),
  ];
  return others.length === 0
    ? oldest
    : `SELECT * FROM (${oldest}) AS oldest WHERE ${others.join(' AND ')} LIMIT ${limit}`;
}

function columnsSql(shard: number, after: bigint, before: bigint): string {
  return `shard = ${shard}::smallint AND sequence > ${after} AND sequence < ${before}`;
}

function rowsSql(shard: number, after: bigint): string {
  return `(shard, sequence) > (${shard}::smallint, ${after}) AND (shard, sequence) < (${shard + 1}::smallint, 0)`;
}

function isIn({ after, before }: NumberRange, sequence: bigint): boolean {
  return sequence > after && (before === null || sequence < before);
}
