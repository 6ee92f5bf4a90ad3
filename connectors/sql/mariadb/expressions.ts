import type { SystemValue } from '#connector-sdk';
import type { SqlValue } from './client.js';
import type { ColumnKind, ColumnType } from './column-types.js';

/** Compares by bytes, and lets no trailing space be ignored. */
export const BYTES = 'COLLATE utf8mb4_nopad_bin';
/** The type of texts that we hand over, compared in the same way. */
export const TEXT = `LONGTEXT CHARACTER SET utf8mb4 ${BYTES}`;
/** Ids and versions; no unique index holds a longer one. */
export const SHORT_TEXT = `VARCHAR(768) CHARACTER SET utf8mb4 ${BYTES}`;

/** Ends a printed `timestamp`, which the session's time zone makes UTC. */
const UTC = '+00';

/** The SQL of one kind of column; `column` and `text` are expressions. */
interface KindSql {
  /** The value as text. */
  print(column: string): string;
  /** A text in the column's own type, so that an index serves; null where printed values must be compared. */
  key(text: string, type: ColumnType): string | null;
  /** What is assigned for a text. */
  assign(text: string): string;
  /** Both sides of a comparison of the column with a text; null for a text that is no value of the type. */
  compare(column: string, text: string): readonly [current: string, wanted: string];
}

const cast = (column: string): string => `CAST(${column} AS CHAR CHARACTER SET utf8mb4)`;
const same = (text: string): string => text;
const none = (): null => null;
/** `2026-11-23T04:05:06.000000Z` as MariaDB reads it. */
const toTime = (text: string): string => `REPLACE(REPLACE(${text}, 'T', ' '), 'Z', '')`;
const ifNumber = (text: string, number: string): string =>
  `CASE WHEN ${text} REGEXP '^[+-]?[0-9]{1,35}([.][0-9]{1,30})?$' THEN ${number} END`;
const exactly = (column: string, text: string): [string, string] => [
  column,
  ifNumber(text, `CAST(${text} AS DECIMAL(65, 30))`),
];
/** A `float` is compared by the six digits that it prints, else it would differ from every text. */
const nearly = (column: string, text: string): [string, string] => [
  `CAST(${cast(column)} AS DOUBLE)`,
  ifNumber(text, `${text} + 0e0`),
];
const decimal: KindSql = {
  print: cast,
  key: (text) => `CAST(${text} AS DECIMAL(65, 30))`,
  assign: same,
  compare: exactly,
};
const float: KindSql = { print: cast, key: none, assign: same, compare: nearly };
const datetime: KindSql = {
  print: cast,
  key: none,
  assign: toTime,
  compare: (column, text) => [column, `CAST(${toTime(text)} AS DATETIME(6))`],
};

const SQL: Readonly<Record<ColumnKind, KindSql>> = {
  text: {
    print: (column) => `CONVERT(${column} USING utf8mb4)`,
    key: (text, { collation, name }) => {
      if (name === 'uuid') return `CAST(${text} AS UUID)`;
      return collation === null ? null : `CONVERT(${text} USING ${charsetOf(collation)}) COLLATE ${collation}`;
    },
    assign: same,
    compare: (column, text) => [`CONVERT(${column} USING utf8mb4) ${BYTES}`, text],
  },
  integer: {
    ...decimal,
    key: (text, { isUnsigned }) => `CAST(${text} AS ${isUnsigned ? 'UNSIGNED' : 'SIGNED'})`,
  },
  decimal,
  float,
  double: float,
  bit: {
    print: (column) => cast(`${column} + 0`),
    key: none,
    assign: (text) => `CAST(${text} AS UNSIGNED)`,
    compare: exactly,
  },
  datetime,
  timestamp: {
    ...datetime,
    print: (column) => `CONCAT(${cast(column)}, '${UTC}')`,
    // Its values are UTC, whatever zone the session is in while it writes.
    assign: (text) => `CONVERT_TZ(${toTime(text)}, '+00:00', @@session.time_zone)`,
  },
  date: {
    print: cast,
    key: (text) => `CAST(${text} AS DATE)`,
    assign: toTime,
    compare: (column, text) => [column, `CAST(${toTime(text)} AS DATE)`],
  },
  time: { print: cast, key: none, assign: toTime, compare: (column, text) => [column, `CAST(${text} AS TIME(6))`] },
  binary: {
    print: (column) => `CONVERT(LOWER(HEX(${column})) USING utf8mb4)`,
    key: (text) => `UNHEX(${text})`,
    assign: (text) => `COALESCE(UNHEX(${text}), ${text})`,
    compare: (column, text) => [`CONVERT(LOWER(HEX(${column})) USING utf8mb4) ${BYTES}`, text],
  },
};

/**
 * A column's value as text: what is mapped, compared and digested. Bits are a number, bytes are hexadecimal digits,
 * `timestamp` ends in its offset; `float` has the six digits that MariaDB prints.
 */
export function printSql(expression: string, { kind }: ColumnType): string {
  return SQL[kind].print(expression);
}

/** The printed value in byte order. */
export function bytesSql(expression: string, type: ColumnType): string {
  return `${printSql(expression, type)} ${BYTES}`;
}

/** A printed time as a statement takes it. */
export function toTimeParameter(text: string): string {
  return text.endsWith(UTC) ? text.slice(0, -UTC.length) : text;
}

/**
 * A text in the column's own type and collation, so that an index serves; null where that can't be told and printed
 * values must be compared. What it finds may print differently.
 */
export function keySql(text: string, type: ColumnType): string | null {
  return SQL[type.kind].key(text, type);
}

/**
 * SQL that a column's value would change if the text were assigned. A text that is no value of the type counts as a
 * change, so that the assignment itself refuses it.
 */
export function isDifferentSql(column: string, text: string, { kind }: ColumnType): string {
  const [current, wanted] = SQL[kind].compare(column, text);
  return `(NOT (${current} <=> ${wanted}) OR (${wanted} IS NULL AND ${text} IS NOT NULL))`;
}

/** What is assigned to a column for a text. */
export function assignedSql(text: string, { kind }: ColumnType): string {
  return SQL[kind].assign(text);
}

/** A value as text: a number column takes 1 and 0 for true and false. */
export function toSqlText(value: SystemValue, { kind }: ColumnType): SqlValue {
  if (value === null) return null;
  if (typeof value === 'boolean') return kind === 'text' ? String(value) : value ? '1' : '0';
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

function charsetOf(collation: string): string {
  return collation.split('_')[0] ?? collation;
}
