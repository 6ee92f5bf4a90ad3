import type { BatchReport, Entity, RevertItem } from '#contracts';
import type { ItemPage, RevertCounts, RevertItemRow, RevertRow } from '#golden-record';
import type { Instant, SystemId } from '#kernel';
import type { Sql } from '../database.js';
import { instantSql } from './golden-rows.js';
import { ITEM, REVERT } from './postgres-revert-transaction.js';
import { toItem, toRevert, type ItemSqlRow, type RevertSqlRow } from './revert-rows.js';

const COUNT = `
  SELECT outcome, count(*) AS n, count(*) FILTER (WHERE skipped <> '[]') AS skipped FROM revert_item WHERE revert_id = $1
  GROUP BY outcome`;
const PAGE = `
  ${ITEM} WHERE revert_id = $1 AND key > $2 AND ($3::text IS NULL OR outcome = $3) AND (NOT $4::boolean OR skipped <> '[]')
  ORDER BY key LIMIT $5`;
const BATCHES = `
  SELECT cause ->> 0 AS system, cause ->> 1 AS batch, count(DISTINCT key) AS records,
    ${instantSql('min(changed_at)')} AS "from", ${instantSql('max(changed_at)')} AS "to"
  FROM (SELECT key, changed_at, cause::json AS cause FROM golden WHERE entity = $1 AND version > 0
    UNION ALL SELECT key, changed_at, cause::json FROM golden_history WHERE entity = $1) AS v
  WHERE cause ->> 1 IS NOT NULL GROUP BY 1, 2 ORDER BY max(changed_at) DESC LIMIT $2`;

/** One revert; null for none. */
export async function findRevert(sql: Sql, id: string): Promise<RevertRow | null> {
  const [row] = await sql.query<RevertSqlRow>(`${REVERT} WHERE id = $1`, [id]);
  return row ? toRevert(row) : null;
}

/** How many records came to what. */
export async function countItems(sql: Sql, id: string): Promise<RevertCounts> {
  const rows = await sql.query<{ outcome: RevertItem['outcome']; n: string; skipped: string }>(COUNT, [id]);
  const records = { selected: 0, planned: 0, listed: 0, unchanged: 0, reverted: 0, moved: 0 };
  for (const { outcome, n } of rows) records[outcome] = Number(n);
  return { records, withSkipped: rows.reduce((sum, { skipped }) => sum + Number(skipped), 0) };
}

/** Records of a revert in the order of their keys. */
export async function findRevertItems(sql: Sql, id: string, page: ItemPage): Promise<RevertItemRow[]> {
  const values = [id, page.after, page.outcome, page.skippedOnly, page.limit];
  return (await sql.query<ItemSqlRow>(PAGE, values)).map(toItem);
}

/** What made versions lately, newest first. */
export async function findRecentBatches(sql: Sql, entity: Entity, limit: number): Promise<BatchReport[]> {
  type Row = Omit<BatchReport, 'entity' | 'records'> & { readonly system: SystemId; readonly records: string };
  const rows = await sql.query<Row>(BATCHES, [entity, limit]);
  return rows.map((row) => ({ ...row, entity, records: Number(row.records) }));
}

/** Forgets plans that nobody approved, and what rounds found, from before. */
export async function forgetReverts(
  sql: Sql,
  before: { readonly plans: Instant; readonly repairs: Instant },
): Promise<void> {
  await sql.query(`DELETE FROM revert WHERE state = 'planned' AND created_at < $1`, [before.plans]);
  await sql.query('DELETE FROM repair WHERE at < $1', [before.repairs]);
}
