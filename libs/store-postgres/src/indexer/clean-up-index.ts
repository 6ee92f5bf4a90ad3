import { HubError } from '#kernel';
import type { CleanedUp } from '#record-index';
import type { Sql } from '../database.js';

/** Eight megabytes of the table, read in order. */
const PAGES_A_STEP = 1_000;

const NEXT =
  'SELECT next_page, EXISTS (SELECT FROM indexed_partition WHERE NOT is_clean) AS is_due FROM index_clean_up FOR UPDATE';
const SIZE = `SELECT pg_relation_size('indexed_record') / current_setting('block_size')::bigint AS pages`;
/** Reads only the pages between: no index leads from a partition to its rows, and none is worth its bytes for this. */
const REMOVE = `
  WITH removed AS (
    DELETE FROM indexed_record AS r USING indexed_partition AS p
    WHERE r.ctid >= $1::tid AND r.ctid < $2::tid AND p.id = r.source AND (p.is_retired OR r."offset" < p.low)
    RETURNING 1)
  SELECT count(*)::integer AS removed FROM removed`;
/** What was raised while the table was looked through waits for the next time: it did not begin at the first page. */
const BEGIN = 'UPDATE indexed_partition SET is_clean = true WHERE NOT is_clean';
const DROP_RETIRED = 'DELETE FROM indexed_partition WHERE is_retired AND is_clean';

interface NextRow {
  readonly next_page: string;
  readonly is_due: boolean;
}

/**
 * One step through the table, removing what lies below its partition's first offset or in a retired one. A run begins when a
 * partition has something to remove, and ends at the table's end. The row of `index_clean_up` is locked: one at a time.
 */
export async function cleanUpIndex(sql: Sql): Promise<CleanedUp> {
  const { from, isDue } = await readNext(sql);
  if (from === 0 && !isDue) return { removed: 0, isDone: true };
  if (from === 0) await sql.query(BEGIN);
  const [size] = await sql.query<{ pages: string }>(SIZE);
  const to = from + PAGES_A_STEP;
  const [row] = await sql.query<{ removed: number }>(REMOVE, [`(${from},0)`, `(${to},0)`]);
  const isAtEnd = to >= Number(size?.pages);
  await sql.query('UPDATE index_clean_up SET next_page = $1', [isAtEnd ? 0 : to]);
  if (isAtEnd) await sql.query(DROP_RETIRED);
  return { removed: Number(row?.removed), isDone: isAtEnd && !(await readNext(sql)).isDue };
}

async function readNext(sql: Sql): Promise<{ readonly from: number; readonly isDue: boolean }> {
  const [next] = await sql.query<NextRow>(NEXT);
  if (!next) throw new HubError('HUB_INVARIANT_BROKEN', 'index_clean_up has no row.');
  return { from: Number(next.next_page), isDue: next.is_due };
}
