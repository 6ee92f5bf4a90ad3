import type { SystemValue } from '#connector-sdk';
import type { SqlValue } from './client.js';
import type { ColumnType } from './column-types.js';

/** Compares by bytes, and lets no trailing space be ignored. */
export const BYTES = 'COLLATE utf8mb4_nopad_bin';
/** The type of texts that we hand over, compared in the same way. */
export const TEXT = `LONGTEXT CHARACTER SET utf8mb4 ${BYTES}`;
/** Ids and versions; no unique index holds a longer one. */
export const SHORT_TEXT = `VARCHAR(768) CHARACTER SET utf8mb4 ${BYTES}`;

const AS_TEXT = 'AS CHAR CHARACTER SET utf8mb4';
/** Ends a printed `timestamp`, which the session's time zone makes UTC. */
const UTC = '+00';
const NUMBER = "'^[+-]?[0-9]{1,35}([.][0-9]{1,30})?$'";

/**
 * A column's value as text: what is mapped, compared and digested. Bits are a number, bytes are hexadecimal digits,
 * `timestamp` ends in its offset; `float` has the six digits that MariaDB prints.
 */
export function printSql(expression: string, { kind }: ColumnType): string {
  switch (kind) {
    case 'text':
      return `CONVERT(${expression} USING utf8mb4)`;
    case 'binary':
      return `CONVERT(LOWER(HEX(${expression})) USING utf8mb4)`;
    case 'bit':
      return `CAST(${expression} + 0 ${AS_TEXT})`;
    case 'timestamp':
      return `CONCAT(CAST(${expression} ${AS_TEXT}), '${UTC}')`;
    case 'integer':
    case 'decimal':
    case 'float':
    case 'double':
    case 'datetime':
    case 'date':
    case 'time':
      return `CAST(${expression} ${AS_TEXT})`;
  }
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
export function keySql(text: string, { kind, isUnsigned, collation, name }: ColumnType): string | null {
  if (name === 'uuid') return `CAST(${text} AS UUID)`;
  switch (kind) {
    case 'integer':
      return `CAST(${text} AS ${isUnsigned ? 'UNSIGNED' : 'SIGNED'})`;
    case 'decimal':
      return `CAST(${text} AS DECIMAL(65, 30))`;
    case 'binary':
      return `UNHEX(${text})`;
    case 'date':
      return `CAST(${text} AS DATE)`;
    case 'text':
      return collation === null ? null : `CONVERT(${text} USING ${charsetOf(collation)}) COLLATE ${collation}`;
    case 'float':
    case 'double':
    case 'bit':
    case 'timestamp':
    case 'datetime':
    case 'time':
      return null;
  }
}

/**
 * SQL that a column's value would change if the text were assigned. A text that is no value of the type counts as a
 * change, so that the assignment itself refuses it.
 */
export function isDifferentSql(column: string, text: string, type: ColumnType): string {
  const [current, wanted] = comparedSql(column, text, type);
  return `(NOT (${current} <=> ${wanted}) OR (${wanted} IS NULL AND ${text} IS NOT NULL))`;
}

/** What is assigned to a column for a text; `zone` is the offset of the session. */
export function assignedSql(text: string, { kind }: ColumnType, isUtcSession: boolean): string {
  switch (kind) {
    case 'timestamp':
      return isUtcSession ? timeSql(text) : `CONVERT_TZ(${timeSql(text)}, '+00:00', @@session.time_zone)`;
    case 'datetime':
    case 'date':
    case 'time':
      return timeSql(text);
    case 'binary':
      return `COALESCE(UNHEX(${text}), ${text})`;
    case 'bit':
      return `CAST(${text} AS UNSIGNED)`;
    case 'text':
    case 'integer':
    case 'decimal':
    case 'float':
    case 'double':
      return text;
  }
}

/** A value as text: a number column takes 1 and 0 for true and false. */
export function toSqlText(value: SystemValue, { kind }: ColumnType): SqlValue {
  if (value === null) return null;
  if (typeof value === 'boolean') return kind === 'text' ? String(value) : value ? '1' : '0';
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

function comparedSql(column: string, text: string, type: ColumnType): [current: string, wanted: string] {
  switch (type.kind) {
    case 'integer':
    case 'decimal':
      return [column, `CASE WHEN ${text} REGEXP ${NUMBER} THEN CAST(${text} AS DECIMAL(65, 30)) END`];
    case 'float':
    case 'double':
      return [`CAST(${printSql(column, type)} AS DOUBLE)`, `CASE WHEN ${text} REGEXP ${NUMBER} THEN ${text} + 0e0 END`];
    case 'timestamp':
    case 'datetime':
      return [column, `CAST(${timeSql(text)} AS DATETIME(6))`];
    case 'date':
      return [column, `CAST(${timeSql(text)} AS DATE)`];
    case 'time':
      return [column, `CAST(${text} AS TIME(6))`];
    case 'text':
    case 'binary':
    case 'bit':
      return [bytesSql(column, type), text];
  }
}

/** `2026-11-23T04:05:06.000000Z` as MariaDB reads it. */
function timeSql(text: string): string {
  return `REPLACE(REPLACE(${text}, 'T', ' '), 'Z', '')`;
}

function charsetOf(collation: string): string {
  return collation.split('_')[0] ?? collation;
}
