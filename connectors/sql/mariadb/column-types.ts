import { namedColumns, type EntityPlan } from '../entity-plan.js';
import type { MariadbClient, ResultColumn } from './client.js';
import { quote, relationSql } from './names.js';

/** Types that need the same SQL. */
export type ColumnKind =
  'text' | 'integer' | 'decimal' | 'float' | 'double' | 'bit' | 'timestamp' | 'datetime' | 'date' | 'time' | 'binary';

/** What is known of one column. */
export interface ColumnType {
  readonly kind: ColumnKind;
  readonly isUnsigned: boolean;
  /** Collation of a table's text column; null where it is not known, as in a query. */
  readonly collation: string | null;
  /** The database's own name for the type, where it is known. */
  readonly name: string;
  /** Whether a unique index of its own is known, so that no two rows tie in the column's collation. */
  readonly isUnique: boolean;
}

/** Type by column, as the database has them now. */
export type ColumnTypes = ReadonlyMap<string, ColumnType>;

/** By the protocol's number. What is missing is text or binary, as its character set tells. */
const KINDS: Readonly<Record<number, ColumnKind>> = {
  0: 'decimal',
  1: 'integer',
  2: 'integer',
  3: 'integer',
  4: 'float',
  5: 'double',
  7: 'timestamp',
  8: 'integer',
  9: 'integer',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'integer',
  16: 'bit',
  246: 'decimal',
};
const BINARY_CHARSET = 63;
const UNSIGNED_FLAG = 32;
const UNKNOWN: ColumnType = { kind: 'text', isUnsigned: false, collation: null, name: 'text', isUnique: false };

/** The type of a column; text where it is not among those that were read. */
export function typeOf(types: ColumnTypes, column: string): ColumnType {
  return types.get(column) ?? UNKNOWN;
}

/** Asks the database for the types of all columns that are read or written. @throws HubError HUB_SOURCE_SCHEMA */
export async function readColumnTypes(client: MariadbClient, plan: EntityPlan): Promise<ColumnTypes> {
  const list = namedColumns(plan).map((name) => `t.${quote(name)}`);
  const columns = await client.columns(`SELECT ${list.join(', ')} FROM ${relationSql(plan)} AS t LIMIT 0`);
  const declared = await readDeclared(client, plan);
  return new Map(columns.map((column) => [column.name, { ...toType(column), ...declared.get(column.name) }]));
}

async function readDeclared(
  client: MariadbClient,
  { source }: EntityPlan,
): Promise<ReadonlyMap<string, Pick<ColumnType, 'collation' | 'name' | 'isUnique'>>> {
  if (source.kind === 'query') return new Map();
  const [table, schema] = [...source.path].reverse();
  const rows = await client.query(
    `SELECT CAST(c.column_name AS CHAR) AS name, CAST(c.data_type AS CHAR) AS type,
       CAST(c.collation_name AS CHAR) AS collation, CAST(EXISTS (
         SELECT 1 FROM information_schema.statistics AS i
         WHERE i.table_schema = c.table_schema AND i.table_name = c.table_name AND i.non_unique = 0
         GROUP BY i.index_name HAVING COUNT(*) = 1 AND MAX(i.column_name) = c.column_name
       ) AS CHAR) AS is_unique
     FROM information_schema.columns AS c WHERE c.table_schema = COALESCE(?, DATABASE()) AND c.table_name = ?`,
    [schema ?? null, table ?? ''],
  );
  return new Map(
    rows.map(({ name, type, collation, is_unique: isUnique }) => [
      name ?? '',
      { name: type ?? 'text', collation: collation ?? null, isUnique: isUnique === '1' },
    ]),
  );
}

function toType({ columnType = 0, characterSet = 0, flags }: ResultColumn): ColumnType {
  const known = KINDS[columnType];
  const kind = known ?? (characterSet === BINARY_CHARSET ? 'binary' : 'text');
  return { kind, isUnsigned: (Number(flags) & UNSIGNED_FLAG) !== 0, collation: null, name: kind, isUnique: false };
}
