import { toCanonicalRecord, toCanonicalValue, type ObservedRecord, type RejectedRecord } from '#connector-sdk';
import type { ExternalId, Instant } from '#kernel';
import { ROW, type TextRow } from './database.js';
import type { EntityPlan } from './entity-plan.js';

/** Rows translated; what can't be is set aside with its reason. */
export interface MappedRows {
  readonly records: ObservedRecord[];
  readonly rejected: RejectedRecord[];
}

/** Translates rows. */
export function toRecords(plan: EntityPlan, rows: readonly TextRow[]): MappedRows {
  const mapped: MappedRows = { records: [], rejected: [] };
  for (const row of rows) {
    const record = toRecord(plan, row);
    if ('reason' in record) mapped.rejected.push(record);
    else mapped.records.push(record);
  }
  return mapped;
}

/** Translates one row. */
export function toRecord(plan: EntityPlan, row: TextRow): ObservedRecord | RejectedRecord {
  const id = row[ROW.id] ?? null;
  if (id === null) return { externalId: '(null)', reason: `column "${plan.idColumn}" is null` };
  const mapped = toCanonicalRecord(plan.mapping, plan.descriptor, row);
  if (!mapped.ok) return { externalId: id, reason: mapped.reason };
  return {
    externalId: id as ExternalId,
    key: mapped.key,
    version: row[ROW.version] ?? null,
    changedAt: toChangedAt(plan, row[ROW.at] ?? null),
    status: 'live',
    fields: mapped.fields,
    digest: row[ROW.digest] ?? null,
  };
}

/** A time that is none (`infinity`) is no time of a change. */
function toChangedAt(plan: EntityPlan, text: string | null): Instant | null {
  const instant = toCanonicalValue({ from: '', zone: plan.options.zone }, { type: 'instant' }, text);
  return instant.ok ? (instant.value as Instant | null) : null;
}
