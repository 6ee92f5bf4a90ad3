import type { ItemChange, Round, RoundDifference } from '#reconciliation';
import type { Sql } from '../database.js';
import type { ItemRow } from './round-rows.js';

/** An item whose outcome a transition sets. */
export interface ChangedItem extends RoundDifference {
  readonly outcome: ItemRow['outcome'];
}

const FIND_ITEMS = `SELECT external_id, key, kind, fields, outcome FROM drift_item WHERE round_id = $1 ORDER BY position`;

/** jsonb, since arrays of arrays must be rectangular. */
const INSERT_ITEMS = `
  INSERT INTO drift_item (round_id, position, external_id, key, kind, fields, outcome)
  SELECT $1, item.position, item."externalId", item.key, item.kind,
    ARRAY(SELECT jsonb_array_elements_text(item.fields)), item.outcome
  FROM jsonb_to_recordset($2::jsonb)
    AS item (position int, "externalId" text, key text, kind text, fields jsonb, outcome text)`;

const SET_OUTCOMES = `
  UPDATE drift_item d SET outcome = change.outcome
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
  roundId: string,
  change: ItemChange,
  items: readonly ChangedItem[],
): Promise<void> {
  if (change.kind === 'replace') {
    await sql.query('DELETE FROM drift_item WHERE round_id = $1', [roundId]);
    const rows = items.map((item, position) => ({ ...item, position }));
    if (rows.length > 0) await sql.query(INSERT_ITEMS, [roundId, JSON.stringify(rows)]);
  } else if (items.length > 0) {
    await sql.query(SET_OUTCOMES, [roundId, items.map((item) => item.externalId), items.map((item) => item.outcome)]);
  }
}

async function findItems(sql: Sql, roundId: string): Promise<ChangedItem[]> {
  const rows = await sql.query<ItemRow>(FIND_ITEMS, [roundId]);
  return rows.map(({ external_id, ...row }) => ({ externalId: external_id, ...row }));
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
