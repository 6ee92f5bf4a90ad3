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

/** Only the lowest range may hold rows in flight, where there were too many. */
function rangeSql(shard: number, range: NumberRange, limit: number, inside: readonly bigint[]): string {
  const oldest = `SELECT sequence, topics, key, value, headers, created_at FROM outbox
    WHERE ${conditionSql(shard, range)}
    ORDER BY shard, sequence LIMIT ${limit + inside.length}`;
  if (inside.length === 0) return oldest;
  // PostgreSQL 15 and newer hash the list
  return `SELECT * FROM (${oldest}) AS oldest WHERE sequence <> ALL ('{${inside.join()}}'::bigint[]) LIMIT ${limit}`;
}

/**
 * Where rows are compared and not columns, the planner takes the primary key for the order even without statistics: it would
 * sort the whole table for each page (120 ms instead of 2 for 100,000 rows). But a scan of PostgreSQL's stops at the end of a
 * row's range only where the first column decides it, and reads on to the end of the shard (10 ms for 2 of 300,000 rows).
 */
function conditionSql(shard: number, { after, before }: NumberRange): string {
  if (before !== null && before - after <= NARROW)
    return `shard = ${shard}::smallint AND sequence > ${after} AND sequence < ${before}`;
  const end = before === null ? `(${shard + 1}::smallint, 0)` : `(${shard}::smallint, ${before})`;
  return `(shard, sequence) > (${shard}::smallint, ${after}) AND (shard, sequence) < ${end}`;
}

function isIn({ after, before }: NumberRange, sequence: bigint): boolean {
  return sequence > after && (before === null || sequence < before);
}
