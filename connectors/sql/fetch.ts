import type { FetchResult, FetchSelector } from '#connector-sdk';
import type { BusinessKey, ExternalId } from '#kernel';
import { toKeyColumns } from '#connector-sdk';
import { selectList, type EntityPlan } from './entity-plan.js';
import { isOneOfSql, possibleValues, toRecords, type Relations } from './relation.js';

/** Reads records now, by external id or by business key, in one statement. */
export async function fetchRecords(
  relations: Relations,
  plan: EntityPlan,
  selector: FetchSelector,
): Promise<FetchResult> {
  if (selector.by === 'externalId') return fetchByColumn(relations, plan, plan.idColumn, selector.ids);
  return fetchByKey(relations, plan, selector.keys);
}

/** Reads by the key's first column, which tells records well enough apart, and keeps those with exactly these keys. */
async function fetchByKey(relations: Relations, plan: EntityPlan, keys: readonly BusinessKey[]): Promise<FetchResult> {
  const column = plan.mapping.key.find((part) => !part.startsWith('=')) ?? plan.idColumn;
  const values = new Set<string>();
  for (const key of keys) {
    const columns = toKeyColumns(plan.mapping, plan.entity, key);
    const value = columns.ok ? columns.value[column] : undefined;
    if (value !== undefined) values.add(value);
  }
  const found = await fetchByColumn(relations, plan, column, [...values]);
  const wanted = new Set(keys);
  return { records: found.records.filter(({ key }) => wanted.has(key)), rejected: found.rejected };
}

async function fetchByColumn(
  relations: Relations,
  plan: EntityPlan,
  column: string,
  texts: readonly (string | ExternalId)[],
): Promise<FetchResult> {
  const types = await relations.typesOf(plan);
  const values = possibleValues(column, types, texts);
  if (values.length === 0) return { records: [], rejected: [] };
  const sql = `SELECT ${selectList(plan)} FROM ${plan.relation} AS t WHERE ${isOneOfSql(column, types, 1)}`;
  return toRecords(plan, await relations.query(plan, sql, [values]));
}
