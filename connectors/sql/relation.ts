import { toCanonicalRecord, toCanonicalValue, type ObservedRecord, type RejectedRecord } from '#connector-sdk';
import { HubError, type ExternalId, type Instant } from '#kernel';
import type { SqlClient, TextRow } from './client.js';
import { quote, ROW, type EntityPlan } from './entity-plan.js';

/** SQL type by column, as the database has them now. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** Rows translated; what can't be is set aside with its reason. */
export interface MappedRows {
  readonly records: ObservedRecord[];
  readonly rejected: RejectedRecord[];
}

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
export async function readColumnTypes(client: SqlClient, plan: EntityPlan): Promise<ColumnTypes> {
  const { changedAt, version } = plan.options;
  const extra = [changedAt, version === 'xmin' || version === 'none' ? undefined : version];
  const names = [...new Set([plan.idColumn, ...plan.columns, ...extra.filter((name) => name !== undefined)])];
  const list = names.map((name) => `t.${quote(name)}`).join(', ');
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
export function byteOrderSql(plan: EntityPlan, types: ColumnTypes): string {
  const column = `t.${quote(plan.idColumn)}`;
  const type = types.get(plan.idColumn);
  return type === 'text' || type === 'character varying' ? `${column} COLLATE "C"` : `${column}::text COLLATE "C"`;
}

/** Translates rows of `selectList`. */
export function toRecords(plan: EntityPlan, rows: readonly TextRow[]): MappedRows {
  const mapped: MappedRows = { records: [], rejected: [] };
  for (const row of rows) {
    const record = toRecord(plan, row);
    if ('reason' in record) mapped.rejected.push(record);
    else mapped.records.push(record);
  }
  return mapped;
}

function isWhole(text: string, bits: number): boolean {
  return WHOLE.test(text) && BigInt.asIntN(bits, BigInt(text)) === BigInt(text);
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

/** Types of columns, read once and again after the database no longer has what they name. */
export class Relations {
  private readonly known = new Map<EntityPlan, Promise<ColumnTypes>>();

  constructor(private readonly client: SqlClient) {}

  typesOf(plan: EntityPlan): Promise<ColumnTypes> {
    const known = this.known.get(plan);
    if (known) return known;
    const types = readColumnTypes(this.client, plan);
    this.known.set(plan, types);
    types.catch(() => this.known.delete(plan));
    return types;
  }

  /** Rows of a statement of this entity. */
  async query(plan: EntityPlan, text: string, values: readonly unknown[]): Promise<TextRow[]> {
    try {
      return await this.client.query(text, values);
    } catch (error) {
      if (error instanceof HubError && error.code === 'HUB_SOURCE_SCHEMA') this.known.delete(plan);
      throw error;
    }
  }
}
