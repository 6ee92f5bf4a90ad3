import type { SystemValue } from '#connector-sdk';
import { ROW, type WriteGroup } from '../database.js';
import type { ColumnTypes } from './column-types.js';
import { quote, selectList, type PostgresPlan } from './postgres-plan.js';

/** A statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Types without an equality operator; compared as text. */
const NO_EQUALITY = new Set(['json', 'xml', 'point', 'polygon', 'box']);

/**
 * The statement of a group: compare-and-set by version, all rows at once, returning the stored form. Rows whose version
 * moved, that are gone, that already hold these values, or (creates) that a unique constraint knows, are not returned.
 * Locks: the rows written, in no fixed order; a deadlock with the system's own writers ends as an unknown outcome.
 */
export function toStatement(plan: PostgresPlan, types: ColumnTypes, group: WriteGroup): Statement {
  switch (group.operation) {
    case 'create':
      return { text: insertSql(plan, types, group), values: [toJson(group)] };
    case 'update':
      return { text: updateSql(plan, types, group), values: [toJson(group)] };
    case 'delete':
      return { text: deleteSql(plan, types, group), values: [toJson(group)] };
  }
}

function updateSql(plan: PostgresPlan, types: ColumnTypes, group: WriteGroup): string {
  const assignments = group.columns.map((name, at) => `${quote(name)} = ${valueSql(types, name, at)}`);
  const differs = group.columns.map((name, at) => isDifferentSql(types, name, at));
  return `UPDATE ${plan.relation} AS t SET ${[...assignments, ...touchSql(plan)].join(', ')}
    FROM ${recordsetSql(group)} WHERE ${matchSql(plan, types)} AND (${differs.join(' OR ')})
    RETURNING r.n::text AS ${quote(ROW.write)}, ${selectList(plan)}`;
}

function deleteSql(plan: PostgresPlan, types: ColumnTypes, group: WriteGroup): string {
  return `DELETE FROM ${plan.relation} AS t USING ${recordsetSql(group)} WHERE ${matchSql(plan, types)}
    RETURNING r.n::text AS ${quote(ROW.write)}, ${selectList(plan)}`;
}

function insertSql(plan: PostgresPlan, types: ColumnTypes, group: WriteGroup): string {
  const { changedAt, touch } = plan.options;
  const touched = touch && changedAt !== undefined;
  const names = [...group.columns, ...(touched ? [changedAt] : [])].map(quote);
  const values = [
    ...group.columns.map((name, at) => valueSql(types, name, at)),
    ...(touched ? ['clock_timestamp()'] : []),
  ];
  return `INSERT INTO ${plan.relation} AS t (${names.join(', ')})
    SELECT ${values.join(', ')} FROM ${recordsetSql(group)} ORDER BY r.n
    ON CONFLICT DO NOTHING RETURNING ${selectList(plan)}`;
}

/** The version is compared as text, and only where the write names one. */
function matchSql(plan: PostgresPlan, types: ColumnTypes): string {
  const id = `t.${quote(plan.idColumn)} = r.id::${types.get(plan.idColumn) ?? 'text'}`;
  return `${id} AND (r.version IS NULL OR ${plan.versionSql} = r.version)`;
}

function isDifferentSql(types: ColumnTypes, name: string, at: number): string {
  if (!NO_EQUALITY.has(types.get(name) ?? 'text'))
    return `t.${quote(name)} IS DISTINCT FROM ${valueSql(types, name, at)}`;
  return `t.${quote(name)}::text IS DISTINCT FROM ${valueSql(types, name, at)}::text`;
}

function valueSql(types: ColumnTypes, name: string, at: number): string {
  return `r.c${at}::${types.get(name) ?? 'text'}`;
}

function touchSql(plan: PostgresPlan): string[] {
  const { changedAt, touch } = plan.options;
  return touch && changedAt !== undefined ? [`${quote(changedAt)} = clock_timestamp()`] : [];
}

function recordsetSql(group: WriteGroup): string {
  const columns = group.columns.map((_, at) => `, c${at} text`).join('');
  return `jsonb_to_recordset($1::jsonb) AS r(n integer, id text, version text${columns})`;
}

function toJson(group: WriteGroup): string {
  const rows = group.writes.map(({ index, write, values }) => {
    const row: Record<string, SystemValue | number> = {
      n: index,
      id: write.externalId,
      version: write.expectedVersion,
    };
    for (const [at, name] of group.columns.entries()) row[`c${at}`] = values[name] ?? null;
    return row;
  });
  return JSON.stringify(rows);
}
