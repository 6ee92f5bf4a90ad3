import { bitsTextSql, rowBitsSql } from '#canonical';
import { ROW } from '../database.js';
import type { EntityPlan, VersionSource } from '../entity-plan.js';

/** A plan with its parts in PostgreSQL's SQL; names are quoted. */
export interface PostgresPlan extends EntityPlan {
  /** Table name or parenthesised query, as it stands after FROM; its alias is `t`. */
  readonly relation: string;
  /** SQL of the version as text, or `NULL`. */
  readonly versionSql: string;
  /** SQL of a row's 64 bits. They cover the id, so that values which two rows swap are noticed. */
  readonly bitsSql: string;
  /** The same as text. */
  readonly digestSql: string;
}

/** Adds the SQL parts. */
export function toPostgresPlan(plan: EntityPlan): PostgresPlan {
  const { source, idColumn, columns, version } = plan;
  const bitsSql = rowBitsSql([idColumn, ...columns].map((name) => `t.${quote(name)}`));
  const digestSql = bitsTextSql(bitsSql);
  return {
    ...plan,
    relation: source.kind === 'query' ? `(${source.sql})` : source.path.map(quote).join('.'),
    versionSql: versionSql(version, digestSql),
    bitsSql,
    digestSql,
  };
}

/** Quotes an identifier. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Select list of a record; `t` is the relation. */
export function selectList(plan: PostgresPlan): string {
  const at = plan.options.changedAt;
  return [
    ...plan.columns.map((name) => `t.${quote(name)}::text AS ${quote(name)}`),
    `t.${quote(plan.idColumn)}::text AS ${quote(ROW.id)}`,
    `${plan.versionSql} AS ${quote(ROW.version)}`,
    `${at === undefined ? 'NULL' : `t.${quote(at)}`}::text AS ${quote(ROW.at)}`,
    `${plan.digestSql} AS ${quote(ROW.digest)}`,
  ].join(', ');
}

function versionSql(version: VersionSource, digestSql: string): string {
  switch (version.kind) {
    case 'none':
      return 'NULL::text';
    case 'xmin':
      return 't.xmin::text';
    case 'digest':
      return digestSql;
    case 'column':
      return `t.${quote(version.column)}::text`;
  }
}
