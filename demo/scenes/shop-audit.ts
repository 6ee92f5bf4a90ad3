import { DEMO_WRITER, type SqlStore } from '../stores/sql-store.js';

/** The newest entry of the shop's own audit of writes. */
export async function lastAuditId(shop: SqlStore): Promise<string> {
  const [row] = await shop.query<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM write_audit');
  return row?.id ?? '0';
}

/** Statements since then by which somebody else than the demo wrote: in words. */
export async function findHubWrites(shop: SqlStore, sinceId: string): Promise<string[]> {
  const rows = await shop.query<{ text: string }>(
    `SELECT format('%s wrote %s %s (%s)', writer, row_count, relation, operation) AS text
     FROM write_audit WHERE id > $1 AND writer <> $2 ORDER BY id`,
    [sinceId, DEMO_WRITER],
  );
  return rows.map(({ text }) => text);
}
