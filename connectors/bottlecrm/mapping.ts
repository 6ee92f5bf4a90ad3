import {
  toCanonicalRecord,
  toKeyColumns,
  toSystemValues,
  type ObservedRecord,
  type RecordWrite,
  type RejectedRecord,
  type SystemValue,
} from '#connector-sdk';
import type { ExternalId } from '#kernel';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Row } from './api.js';
import { CUSTOM, withoutPrefix, WRITABLE, type EntityPlan } from './entity-plan.js';

/** Rows as records; what can't be is set aside with its reason. */
export interface MappedRows {
  readonly records: ObservedRecord[];
  readonly rejected: RejectedRecord[];
}

/** Values to write by column, or why the CRM can't hold them. */
export type Columns =
  | { readonly ok: true; readonly columns: Readonly<Record<string, SystemValue>> }
  | { readonly ok: false; readonly reason: string };

const text = z.string().nullable();
/** What every account has; nothing else of a row is looked at. */
const accountSchema = z.looseObject({
  id: z.string(),
  ...Object.fromEntries(WRITABLE.map((column) => [column, text])),
  is_active: z.boolean(),
  custom_fields: z.record(z.string(), z.unknown()),
});

/**
 * An account as a record. Its version is a digest of its values, since the API tells none: equal versions mean equal
 * values, and nothing of what came first. A custom field that is not set is null.
 */
export function toRecord(plan: EntityPlan, row: Row): ObservedRecord | RejectedRecord {
  const account = accountSchema.safeParse(row);
  if (!account.success) return { externalId: row.id, reason: describe(account.error) };
  const unset = Object.fromEntries(plan.customFields.map((name) => [name, null]));
  const raw = { ...account.data, custom_fields: { ...unset, ...account.data.custom_fields } };
  const mapped = toCanonicalRecord(plan.mapping, plan.descriptor, raw);
  if (!mapped.ok) return { externalId: row.id, reason: mapped.reason };
  const { key, fields } = mapped;
  const version = versionOf(account.data);
  return { externalId: row.id as ExternalId, key, version, changedAt: null, status: 'live', fields, digest: version };
}

/** Maps rows, in their order. */
export function toRecords(plan: EntityPlan, rows: Iterable<Row>): MappedRows {
  const mapped: MappedRows = { records: [], rejected: [] };
  for (const row of rows) {
    const record = toRecord(plan, row);
    if ('reason' in record) mapped.rejected.push(record);
    else mapped.records.push(record);
  }
  return mapped;
}

/** Columns that a write sets: of a create its key too. */
export function toColumns(plan: EntityPlan, write: RecordWrite): Columns {
  const values = toSystemValues(plan.mapping, write.fields);
  if (!values.ok) return values;
  if (write.operation !== 'create') return { ok: true, columns: values.values };
  const key = toKeyColumns(plan.mapping, plan.descriptor.entity, write.key);
  return key.ok ? { ok: true, columns: { ...values.values, ...key.value } } : key;
}

/** Those columns that the account does not hold already. */
export function differingColumns(
  columns: Readonly<Record<string, SystemValue>>,
  row: Row,
): Record<string, SystemValue> {
  const custom = (row['custom_fields'] ?? {}) as Readonly<Record<string, unknown>>;
  const differs = ([column, value]: readonly [string, SystemValue]): boolean =>
    // An emptied custom field is one that is not set.
    column.startsWith(CUSTOM)
      ? (custom[withoutPrefix(column)] ?? null) !== (value === '' ? null : value)
      : row[column] !== value;
  return Object.fromEntries(Object.entries(columns).filter(differs));
}

/** The request's body: custom fields below their own name. Those not named there are kept by the CRM. */
export function toBody(columns: Readonly<Record<string, SystemValue>>): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  const custom: Record<string, SystemValue> = {};
  for (const [column, value] of Object.entries(columns)) {
    if (column.startsWith(CUSTOM)) custom[withoutPrefix(column)] = value;
    else body[column] = value;
  }
  return Object.keys(custom).length > 0 ? { ...body, custom_fields: custom } : body;
}

/** Digest of all that the hub could write, whatever is mapped. */
function versionOf(account: z.infer<typeof accountSchema>): string {
  const custom = Object.entries(account.custom_fields).sort(([a], [b]) => (a < b ? -1 : 1));
  const values = [...WRITABLE.map((column) => account[column]), account.is_active, custom];
  return createHash('sha256').update(JSON.stringify(values)).digest('hex').slice(0, 16);
}

function describe(error: z.ZodError): string {
  const [issue] = error.issues;
  return `the account does not fit its schema: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}
