import { namedColumns } from '../entity-plan.js';
import type { PostgresClient } from './client.js';
import { quote, type PostgresPlan } from './postgres-plan.js';

/** SQL type by column, as the database has them now. */
export type ColumnTypes = ReadonlyMap<string, string>;

const TEXT_TYPES = new Set(['text', 'character varying', 'bpchar', 'name', 'citext']);
const WHOLE = /^-?\d{1,19}$/;
const POSSIBLE: Readonly<Record<string, (text: string) => boolean>> = {
  smallint: (text) => isWhole(text, 16),
  integer: (text) => isWhole(text, 32),
  bigint: (text) => isWhole(text, 64),
  numeric: (text) => /^-?\d{1,100}(\.\d{1,100})?$/.test(text),
  uuid: (text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text),
};

/** Asks the database for the types of all columns that are read or written. @throws HubError HUB_SOURCE_SCHEMA */
export async function readColumnTypes(client: PostgresClient, plan: PostgresPlan): Promise<ColumnTypes> {
  const list = namedColumns(plan)
    .map((name) => `t.${quote(name)}`)
    .join(', ');
  const columns = await client.columns(`SELECT ${list} FROM ${plan.relation} AS t LIMIT 0`);
  // Type modifier -1, not null: `character` without a length would mean one character.
  const rows = await client.query(
    'SELECT o.oid::text AS oid, format_type(o.oid, -1) AS type FROM unnest($1::oid[]) AS o(oid)',
    [columns.map((column) => column.typeOid)],
  );
  const typeOf = new Map(rows.map((row) => [row['oid'], row['type'] ?? 'text']));
  return new Map(columns.map((column) => [column.name, typeOf.get(String(column.typeOid)) ?? 'text']));
}

/** SQL condition that a column is one of `$n` (an array of texts), in the column's own type so that an index serves. */
export function isOneOfSql(column: string, types: ColumnTypes, parameter: number): string {
  const type = types.get(column) ?? 'text';
  if (TEXT_TYPES.has(type) || POSSIBLE[type]) return `t.${quote(column)} = ANY ($${parameter}::text[]::${type}[])`;
  return `t.${quote(column)}::text = ANY ($${parameter}::text[])`;
}

/** Texts that can be a value of the column at all; the others would fail the whole statement. */
export function possibleValues(column: string, types: ColumnTypes, texts: readonly string[]): string[] {
  const isPossible = POSSIBLE[types.get(column) ?? 'text'];
  return isPossible ? texts.filter(isPossible) : [...texts];
}

/** Byte order of external ids. For text columns without a cast, so that an index in collation "C" serves. */
export function byteOrderSql(plan: PostgresPlan, types: ColumnTypes): string {
  const column = `t.${quote(plan.idColumn)}`;
  const type = types.get(plan.idColumn);
  return type === 'text' || type === 'character varying' ? `${column} COLLATE "C"` : `${column}::text COLLATE "C"`;
}

function isWhole(text: string, bits: number): boolean {
  return WHOLE.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);
}
