import { toKeyColumns, type FetchResult, type FetchSelector } from '#connector-sdk';
import type { BusinessKey } from '#kernel';
import type { SqlTable } from './database.js';
import type { EntityPlan } from './entity-plan.js';
import { toRecords } from './records.js';

/** Reads records now, by external id or by business key, in one statement. */
export async function fetchRecords(table: SqlTable, plan: EntityPlan, selector: FetchSelector): Promise<FetchResult> {
  if (selector.by === 'externalId') return toRecords(plan, await table.findRows(plan.idColumn, selector.ids));
  return fetchByKey(table, plan, selector.keys);
}

/** Reads by the key's first column, which tells records well enough apart, and keeps those with exactly these keys. */
async function fetchByKey(table: SqlTable, plan: EntityPlan, keys: readonly BusinessKey[]): Promise<FetchResult> {
  const column = plan.mapping.key.find((part) => !part.startsWith('=')) ?? plan.idColumn;
  const values = new Set<string>();
  for (const key of keys) {
    const columns = toKeyColumns(plan.mapping, plan.entity, key);
    const value = columns.ok ? columns.value[column] : undefined;
    if (value !== undefined) values.add(value);
  }
  const found = toRecords(plan, await table.findRows(column, [...values]));
  const wanted = new Set(keys);
  return { records: found.records.filter(({ key }) => wanted.has(key)), rejected: found.rejected };
}
