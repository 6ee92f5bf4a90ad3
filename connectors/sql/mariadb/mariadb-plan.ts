import { mariadbRecordDigestSql } from '#canonical';
import { ROW } from '../database.js';
import type { EntityPlan } from '../entity-plan.js';
import { typeOf, type ColumnType, type ColumnTypes } from './column-types.js';
import { bytesSql, printSql } from './expressions.js';
import { quote, relationSql } from './names.js';

/** A plan with its parts in MariaDB's SQL, which depend on the types of columns; names are quoted. */
export interface MariadbPlan extends EntityPlan {
  readonly types: ColumnTypes;
  /** Table name or parenthesised query, as it stands after FROM; its alias is `t`. */
  readonly relation: string;
  readonly id: string;
  readonly idType: ColumnType;
  /** The printed id in byte order. */
  readonly idBytes: string;
  readonly at: string;
  readonly atType: ColumnType;
  /** SQL of the version as text, or `NULL`. */
  readonly versionSql: string;
  /** SQL of the row digest. It covers the id, so that values which two rows swap are noticed. */
  readonly digestSql: string;
  /** Select list of a record. */
  readonly selectList: string;
}

/** Adds the SQL parts. */
export function toMariadbPlan(plan: EntityPlan, types: ColumnTypes): MariadbPlan {
  const { idColumn, columns, options } = plan;
  const idType = typeOf(types, idColumn);
  const id = `t.${quote(idColumn)}`;
  const at = options.changedAt === undefined ? 'NULL' : `t.${quote(options.changedAt)}`;
  const atType = typeOf(types, options.changedAt ?? '');
  const printed = columns.map((name) => ({
    name,
    expression: printSql(`t.${quote(name)}`, typeOf(types, name)),
    type: 'raw' as const,
  }));
  const digestSql = mariadbRecordDigestSql([
    { name: ROW.id, expression: printSql(id, idType), type: 'raw' },
    ...printed,
  ]);
  const version = versionSql(plan, types, digestSql);
  const selected = [
    ...printed.map(({ name, expression }) => `${expression} AS ${quote(name)}`),
    `${printSql(id, idType)} AS ${quote(ROW.id)}`,
    `${version} AS ${quote(ROW.version)}`,
    `${at === 'NULL' ? at : printSql(at, atType)} AS ${quote(ROW.at)}`,
    `${digestSql} AS ${quote(ROW.digest)}`,
  ];
  const parts = { id, idType, idBytes: bytesSql(id, idType), at, atType, digestSql };
  return {
    ...plan,
    types,
    relation: relationSql(plan),
    ...parts,
    versionSql: version,
    selectList: selected.join(', '),
  };
}

function versionSql({ version }: EntityPlan, types: ColumnTypes, digestSql: string): string {
  switch (version.kind) {
    case 'none':
    case 'xmin':
      return 'NULL';
    case 'digest':
      return digestSql;
    case 'column':
      return printSql(`t.${quote(version.column)}`, typeOf(types, version.column));
  }
}
