import type { Facts, ItemChange, Round, RoundDifference, ScanNote } from '#reconciliation';
import type { Sql } from '../database.js';
import type { ItemRow } from './round-rows.js';

/** An item whose outcome a transition sets. */
export interface ChangedItem extends RoundDifference {
  readonly outcome: ItemRow['outcome'];
}

const FIND_ITEMS = `SELECT external_id, key, kind, fields, outcome, facts FROM drift_item WHERE round_id = $1 ORDER BY position`;

/** jsonb, since arrays of arrays must be rectangular. */
const INSERT_ITEMS = `
  INSERT INTO drift_item (round_id, position, external_id, key, kind, fields, outcome, facts, since)
  SELECT $1, item.position, item."externalId", item.key, item.kind,
    ARRAY(SELECT jsonb_array_elements_text(item.fields)), item.outcome, item.facts, coalesce(item.since, now())
  FROM jsonb_to_recordset($2::jsonb) AS item (
    position int, "externalId" text, key text, kind text, fields jsonb, outcome text, facts jsonb, since timestamptz)`;

/** Drift that this round's last scan, or the scan before it, left open: it is known since then. */
const FIND_SINCE = `
  SELECT external_id, min(since)::text AS since FROM drift_item
  WHERE outcome <> 'fixed' AND round_id IN (
    SELECT $1
    UNION ALL
    (SELECT id FROM round
     WHERE system = $2 AND entity = $3 AND known IS NOT NULL AND number < (SELECT number FROM round WHERE id = $1)
     ORDER BY number DESC LIMIT 1))
  GROUP BY external_id`;

const SAVE_SCAN = 'UPDATE round SET known = $2, unequal = $3, absent = $4, population = $5::jsonb WHERE id = $1';

const SET_OUTCOMES = `
  UPDATE drift_item d SET outcome = change.outcome, fixed_at = CASE change.outcome WHEN 'fixed' THEN now() END
  FROM unnest($2::text[], $3::text[]) AS change (external_id, outcome)
  WHERE d.round_id = $1 AND d.external_id = change.external_id AND d.kind IN ('changed', 'missing')`;

/** The items whose outcome the change sets, in the order of the scan. */
export async function findChangedItems(sql: Sql, round: Round, change: ItemChange): Promise<ChangedItem[]> {
  if (change.kind === 'none') return [];
  if (change.kind === 'replace')
    return change.differences.map((item) => ({ ...item, outcome: isRepair(item) ? change.outcome : 'found' }));
  const outcomeOf = toOutcomeOf(change);
  const items = await findItems(sql, round.id);
  return items.flatMap((item) => {
    const outcome = isRepair(item) ? outcomeOf(item.externalId) : undefined;
    return outcome === undefined || outcome === item.outcome ? [] : [{ ...item, outcome }];
  });
}

/** Stores the items found by {@link findChangedItems}. The round's row must be locked. */
export async function saveItems(
  sql: Sql,
  round: Round,
  change: ItemChange,
  items: readonly ChangedItem[],
): Promise<void> {
  if (change.kind === 'replace') {
    await replaceItems(sql, round, items);
    await saveScan(sql, round.id, change.scan);
  } else if (items.length > 0) {
    const ids = items.map((item) => item.externalId);
    await sql.query(SET_OUTCOMES, [round.id, ids, items.map((item) => item.outcome)]);
  }
}

async function replaceItems(sql: Sql, { id, system, entity }: Round, items: readonly ChangedItem[]): Promise<void> {
  const known = await sql.query<{ external_id: string; since: string }>(FIND_SINCE, [id, system, entity]);
  const since = new Map(known.map((row) => [row.external_id, row.since]));
  await sql.query('DELETE FROM drift_item WHERE round_id = $1', [id]);
  const rows = items.map((item, position) => ({ ...item, position, since: since.get(item.externalId) }));
  if (rows.length > 0) await sql.query(INSERT_ITEMS, [id, JSON.stringify(rows)]);
}

/** A scan of which the host says no more than its differences confirms no key. */
async function saveScan(sql: Sql, roundId: string, scan: ScanNote | undefined): Promise<void> {
  const { known = null, unequal = null, absent = null, population = null } = scan ?? {};
  await sql.query(SAVE_SCAN, [roundId, known, unequal, absent, population && JSON.stringify(population)]);
}

async function findItems(sql: Sql, roundId: string): Promise<ChangedItem[]> {
  const rows = await sql.query<ItemRow & { readonly facts: Facts | null }>(FIND_ITEMS, [roundId]);
  return rows.map(({ external_id, facts, ...row }) => ({ externalId: external_id, ...row, ...(facts && { facts }) }));
}

function toOutcomeOf(
  change: Extract<ItemChange, { kind: 'decide' | 'verify' }>,
): (externalId: string) => ItemRow['outcome'] | undefined {
  if (change.kind === 'decide') return () => change.outcome;
  const outcomes = new Map<string, ItemRow['outcome']>();
  for (const id of change.unfixed) outcomes.set(id, 'unfixed');
  for (const id of change.fixed) outcomes.set(id, 'fixed');
  return (externalId) => outcomes.get(externalId);
}

function isRepair(item: RoundDifference): boolean {
  return item.kind === 'changed' || item.kind === 'missing';
}
