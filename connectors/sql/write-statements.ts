import type { RecordWrite, SystemValue } from '#connector-sdk';
import { quote, ROW, selectList, type EntityPlan } from './entity-plan.js';
import type { ColumnTypes } from './relation.js';

/** One write, translated into the table's columns; `index` is its place in the call. */
export interface TableWrite {
  readonly index: number;
  readonly write: RecordWrite;
  readonly values: Readonly<Record<string, SystemValue>>;
}

/** Writes of one kind that set the same columns, and so share a statement. */
export interface WriteGroup {
  readonly operation: RecordWrite['operation'];
  /** Sorted. */
  readonly columns: readonly string[];
  readonly writes: readonly TableWrite[];
}

/** A statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Types without an equality operator; compared as text. */
const NO_EQUALITY = new Set(['json', 'xml', 'point', 'polygon', 'box']);

/** Groups writes by operation and set of columns, each in the order of the call. */
export function groupWrites(writes: readonly TableWrite[]): WriteGroup[] {
  const groups = new Map<string, { operation: RecordWrite['operation']; columns: string[]; writes: TableWrite[] }>();
  for (const write of writes) {
    const columns = Object.keys(write.values).sort();
    const name = JSON.stringify([write.write.operation, ...columns]);
    const group = groups.get(name) ?? { operation: write.write.operation, columns, writes: [] };
    group.writes.push(write);
    groups.set(name, group);
  }
  return [...groups.values()];
}

/**
 * The statement of a group: compare-and-set by version, all rows at once, returning the stored form. Rows whose version
 * moved, that are gone, that already hold these values, or (creates) that a unique constraint knows, are not returned.
 * Locks: the rows written, in no fixed order; a deadlock with the system's own writers ends as an unknown outcome.
 */
export function toStatement(plan: EntityPlan, types: ColumnTypes, group: WriteGroup): Statement {
  switch (group.operation) {
    case 'create':
      return { text: insertSql(plan, types, group), values: [toJson(group)] };
    case 'update':
      return { text: updateSql(plan, types, group), values: [toJson(group)] };
    case 'delete':
      return { text: deleteSql(plan, types, group), values: [toJson(group)] };
  }
}

function updateSql(plan: EntityPlan, types: ColumnTypes, group: WriteGroup): string {
  const assignments = group.columns.map((name, at) => `${quote(name)} = ${valueSql(types, name, at)}`);
  const differs = group.columns.map((name, at) => isDifferentSql(types, name, at));
  return `UPDATE ${plan.relation} AS t SET ${[...assignments, ...touchSql(plan)].join(', ')}
    FROM ${recordsetSql(group)} WHERE ${matchSql(plan, types)} AND (${differs.join(' OR ')})
    RETURNING r.n::text AS ${quote(ROW.write)}, ${selectList(plan)}`;
}

function deleteSql(plan: EntityPlan, types: ColumnTypes, group: WriteGroup): string {
  return `DELETE FROM ${plan.relation} AS t USING ${recordsetSql(group)} WHERE ${matchSql(plan, types)}
    RETURNING r.n::text AS ${quote(ROW.write)}, ${selectList(plan)}`;
}

function insertSql(plan: EntityPlan, types: ColumnTypes, group: WriteGroup): string {
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
function matchSql(plan: EntityPlan, types: ColumnTypes): string {
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

function touchSql(plan: EntityPlan): string[] {
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
