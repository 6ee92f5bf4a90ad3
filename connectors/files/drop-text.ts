import type { SystemValue } from '#connector-sdk';
import type { FileRow } from './drop-row.js';
import type { DropFormat } from './rows.js';
import { findNoXmlCharacter, toXml } from './xml-text.js';

/** The text of a drop with these records; all have the same columns. */
export function toDropText(rows: readonly FileRow[], format: DropFormat & { readonly record: string }): string {
  switch (format.format) {
    case 'csv':
      return toCsv(rows, format.delimiter);
    case 'jsonl':
      return toJsonLines(rows);
    case 'xml':
      return toXml(rows, format.record);
  }
}

/** Why the format can't hold a record; null when it can. */
export function findUnwritable(row: FileRow, { format }: DropFormat): string | null {
  if (format !== 'xml') return null;
  const found = findNoXmlCharacter(row);
  return found === null ? null : `XML has no way to write the character ${found}`;
}

function toCsv(rows: readonly FileRow[], delimiter: string): string {
  const columns = Object.keys(rows[0] ?? {});
  const lines = rows.map((row) => columns.map((column) => toCell(row[column] ?? null)).join(delimiter));
  return [columns.map(quoted).join(delimiter), ...lines, ''].join('\n');
}

/** Null is an empty cell, the empty text a quoted one. */
function toCell(value: SystemValue): string {
  if (value === null) return '';
  return quoted(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function toJsonLines(rows: readonly FileRow[]): string {
  return rows.map((row) => `${JSON.stringify(nested(row))}\n`).join('');
}

/** A column with dots is a path into nested objects, as it is when drops are read. */
function nested(row: FileRow): unknown {
  const root: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(row)) {
    const steps = path.split('.');
    const last = steps.pop() ?? path;
    let target = root;
    for (const step of steps) target = (target[step] ??= {}) as Record<string, unknown>;
    target[last] = value;
  }
  return root;
}
