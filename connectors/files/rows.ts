import type { RawRecord } from '#connector-sdk';
import { parse } from 'csv-parse/sync';
import type { DropRow } from './drop-row.js';
import { readLines } from './lines.js';
import { readXml } from './xml-rows.js';

/** How a drop is written. */
export interface DropFormat {
  readonly format: 'csv' | 'jsonl' | 'xml';
  /** CSV only. */
  readonly delimiter: string;
  /** XML only: name of the record element; without it every child of the root. */
  readonly record?: string | undefined;
}

/** A quoted cell may span lines; one that spans more is a quote that someone forgot to close. */
const MAX_RECORD_LINES = 200;
/** Named, since the parser would else take the first line end within a quoted cell for its guess. */
const RECORD_END = ['\r\n', '\n'];
const BYTE_ORDER_MARK = '\ufeff';

/** Records of a drop, streamed. A bad line costs itself only. Node decodes what is not UTF-8 to U+FFFD. */
export function readRows(path: string, format: DropFormat): AsyncGenerator<DropRow> {
  switch (format.format) {
    case 'csv':
      return readCsv(path, format.delimiter);
    case 'jsonl':
      return readJsonLines(path);
    case 'xml':
      return readXml(path, format.record);
  }
}

async function* readJsonLines(path: string): AsyncGenerator<DropRow> {
  for await (const [line, text] of readTexts(path)) {
    if (text.trim() === '') continue;
    yield parseJson(line, text);
  }
}

function parseJson(line: number, text: string): DropRow {
  if (text.includes('\ufffd')) return { line, reason: NOT_UTF8 };
  try {
    const row: unknown = JSON.parse(text);
    if (typeof row === 'object' && row !== null && !Array.isArray(row)) return { line, row: row as RawRecord };
    return { line, reason: 'the line is no JSON object' };
  } catch {
    return { line, reason: 'the line is no valid JSON' };
  }
}

const NOT_UTF8 = 'the line is not valid UTF-8';

/**
 * Cuts the text into records by counting quotes, since a stray quote would otherwise swallow the rest of the file: when a
 * record of several lines does not parse, only its first line is rejected and reading goes on at the second.
 */
async function* readCsv(path: string, delimiter: string): AsyncGenerator<DropRow> {
  const csv = new CsvRecords(delimiter);
  for await (const [line, text] of readTexts(path)) yield* csv.push(line, text);
  yield* csv.end();
}

class CsvRecords {
  private header: readonly string[] | null = null;
  private pending: { readonly line: number; readonly text: string }[] = [];
  private quotes = 0;

  constructor(private readonly delimiter: string) {}

  *push(line: number, text: string): Generator<DropRow> {
    if (this.pending.length === 0 && text.trim() === '') return;
    this.pending.push({ line, text });
    this.quotes += countQuotes(text);
    if (this.quotes % 2 === 0) yield* this.take();
    else if (this.pending.length >= MAX_RECORD_LINES) yield* this.rejectFirst('a quote is not closed');
  }

  *end(): Generator<DropRow> {
    while (this.pending.length > 0) yield* this.rejectFirst('a quote is not closed');
  }

  private *take(): Generator<DropRow> {
    const [first] = this.pending;
    if (!first) return;
    const cells = this.parse(
      this.pending
        .map(({ text }) => text)
        .join('\n')
        .replace(/\r$/, ''),
    );
    if (cells === null) {
      yield* this.rejectFirst('the quotes are wrong');
      return;
    }
    this.pending = [];
    this.quotes = 0;
    const row = this.toRow(first.line, cells);
    if (row) yield row;
  }

  private *rejectFirst(reason: string): Generator<DropRow> {
    const [first, ...rest] = this.pending;
    this.pending = [];
    this.quotes = 0;
    if (first) yield { line: first.line, reason };
    for (const { line, text } of rest) yield* this.push(line, text);
  }

  private toRow(line: number, cells: readonly (string | null)[]): DropRow | null {
    if (this.header === null) {
      this.header = cells.map((cell) => (cell ?? '').trim());
      return null;
    }
    if (cells.some((cell) => cell?.includes('\ufffd'))) return { line, reason: NOT_UTF8 };
    if (cells.length !== this.header.length)
      return { line, reason: `the line has ${cells.length} cells, the header ${this.header.length}` };
    return { line, row: Object.fromEntries(this.header.map((name, at) => [name, cells[at] ?? null])) };
  }

  /** A cell that is empty without quotes is null, `""` is the empty text. */
  private parse(text: string): readonly (string | null)[] | null {
    if (!text.includes('"')) return text.split(this.delimiter).map((cell) => (cell === '' ? null : cell));
    try {
      const records: (string | null)[][] = parse(text, {
        delimiter: this.delimiter,
        relax_column_count: true,
        record_delimiter: RECORD_END,
        cast: (cell, { quoting }): string | null => (cell === '' && !quoting ? null : cell),
      });
      return records.length === 1 ? (records[0] ?? null) : null;
    } catch {
      return null;
    }
  }
}

function countQuotes(text: string): number {
  let count = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count += 1;
  return count;
}

async function* readTexts(path: string): AsyncGenerator<[line: number, text: string]> {
  let line = 0;
  for await (const { bytes } of readLines(path)) {
    line += 1;
    const text = bytes.toString('utf8');
    yield [line, line === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text];
  }
}
