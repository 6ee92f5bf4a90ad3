import type { Connector, EntityMapping } from '#connector-sdk';
import { testConnector, type SuiteRecord, type SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock } from '#kernel';
import { parse } from 'csv-parse/sync';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MAPPING, toFields, toRow, type Row } from '../../test/harness/exchange-rows.js';
import { filesConnector } from './connector.js';

interface Shape {
  readonly format: 'csv' | 'jsonl' | 'xml';
  readonly options: EntityMapping['options'];
}

const COLUMNS = ['sku', 'ean', 'name_de', 'name_en', 'brand', 'grams', 'active', 'gone'];

/** A folder of its own; its users drop files into `in` and read what the hub puts into `out`. */
class ExchangeFolder implements SystemDriver {
  private readonly held = new Map<string, CanonicalFields>();
  private drops = 0;
  private mode: 'observe' | 'write' = 'observe';

  private constructor(
    private readonly path: string,
    private readonly shape: Shape,
  ) {}

  static async create(shape: Shape): Promise<ExchangeFolder> {
    const path = await mkdtemp(join(tmpdir(), 'plumbline-files-'));
    await mkdir(join(path, 'exchange', 'in'), { recursive: true });
    return new ExchangeFolder(path, shape);
  }

  open(mode: 'observe' | 'write', clock: Clock): Connector {
    this.mode = mode;
    return filesConnector.open({
      system: 'pim',
      config: filesConnector.configSchema.parse({ folder: join(this.path, 'exchange'), format: this.shape.format }),
      mappings: { product: { ...MAPPING, options: this.shape.options } },
      clock,
      logger: silentLogger,
      mode,
      workFolder: join(this.path, 'work'),
    });
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    await this.read();
    for (const { key, fields } of records) this.held.set(key, fields);
    await this.drop(records.map(({ key, fields }) => toRow(key, fields)));
  }

  async remove(keys: readonly string[]): Promise<void> {
    for (const key of keys) this.held.delete(key);
    await this.drop(keys.map((key) => ({ sku: key, gone: true })));
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    const folder = join(this.path, 'exchange', 'out');
    for (const name of (await readdir(folder).catch(() => [])).sort()) {
      for (const row of this.parse(await readFile(join(folder, name), 'utf8'))) {
        if (String(row['gone']) === 'true') this.held.delete(String(row['sku']));
        else this.held.set(String(row['sku']), toFields(row));
      }
      await rm(join(folder, name));
    }
    return new Map(this.held);
  }

  /** Files that the hub put anywhere; in mode observe it may not even move one. */
  async countWrites(): Promise<number> {
    const entries = await readdir(join(this.path, 'exchange'), { recursive: true, withFileTypes: true });
    const isOurs =
      this.mode === 'observe'
        ? (folder: string) => !folder.endsWith('/in')
        : (folder: string) => folder.endsWith('/out');
    return entries.filter((entry) => entry.isFile() && isOurs(entry.parentPath)).length;
  }

  async putUnmappable(): Promise<string> {
    const name = await this.drop([...this.rowsIfComplete(), { sku: 'bad', grams: 'heavy' }]);
    const head = { csv: 1, jsonl: 0, xml: 2 }[this.shape.format];
    return `${name}:${this.rowsIfComplete().length + head + 1}`;
  }

  async close(): Promise<void> {
    await rm(this.path, { recursive: true });
  }

  private rowsIfComplete(): Row[] {
    return this.shape.options['complete'] === true ? [...this.held].map(([key, fields]) => toRow(key, fields)) : [];
  }

  private async drop(rows: readonly Row[]): Promise<string> {
    this.drops += 1;
    const name = `products-${String(this.drops).padStart(4, '0')}.${this.shape.format}`;
    const content =
      this.shape.options['complete'] === true && !rows.some(({ sku }) => sku === 'bad') ? this.rowsIfComplete() : rows;
    const path = join(this.path, 'exchange', name);
    await writeFile(path, TEXT_OF[this.shape.format](content));
    const at = new Date(Date.now() - 3_600_000 + this.drops * 1_000);
    await utimes(path, at, at);
    await rename(path, join(this.path, 'exchange', 'in', name));
    return name;
  }

  private parse(text: string): Row[] {
    if (this.shape.format === 'xml') return fromXml(text);
    if (this.shape.format === 'jsonl')
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Row);
    return parse(text, { columns: true, cast: (cell, { quoting }) => (cell === '' && !quoting ? null : cell) });
  }
}

function toCsv(rows: readonly Row[]): string {
  const cell = (value: Row[string]): string =>
    value === null || value === undefined ? '' : `"${String(value).replaceAll('"', '""')}"`;
  return [COLUMNS, ...rows.map((row) => COLUMNS.map((column) => cell(row[column])))]
    .map((cells) => cells.join(','))
    .join('\r\n');
}

/** Written by hand, so that the suite does not read what it wrote by the code under test. */
function toXml(rows: readonly Row[]): string {
  const escape = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('\r', '&#xD;');
  const cell = (name: string, value: Row[string]): string =>
    value === null || value === undefined ? `<${name} xsi:nil="true"/>` : `<${name}>${escape(String(value))}</${name}>`;
  const records = rows.map((row) => `<product>${COLUMNS.map((name) => cell(name, row[name])).join('')}</product>`);
  // One record a line where texts have no line ends: the suite counts lines.
  return [
    '<?xml version="1.0"?>',
    '<list xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">',
    ...records,
    '</list>',
  ].join('\n');
}

function fromXml(text: string): Row[] {
  const unescape = (value: string): string =>
    value.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  return [...text.matchAll(/<product>(.*?)<\/product>/gs)].map(([, record = '']) =>
    Object.fromEntries(
      [...record.matchAll(/<(\w+)(?: xsi:nil="true"\/>|>(.*?)<\/\1>)/gs)].map(([, name = '', value]) => [
        name,
        value === undefined ? null : unescape(value),
      ]),
    ),
  );
}

const TEXT_OF: Readonly<Record<Shape['format'], (rows: readonly Row[]) => string>> = {
  csv: toCsv,
  jsonl: (rows) => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
  xml: toXml,
};

testConnector({
  name: 'files: CSV drops of changed records',
  entity: 'product',
  capabilities: { changes: 'feed', precondition: 'none', deleteEvents: true, digest: false },
  noLine: 'its folder is on this machine',
  setUp: () => ExchangeFolder.create({ format: 'csv', options: { deleted: 'gone' } }),
});

testConnector({
  name: 'files: JSON Lines drops of the whole list',
  entity: 'product',
  capabilities: { changes: 'feed', precondition: 'none', deleteEvents: true, digest: false },
  noLine: 'its folder is on this machine',
  setUp: () => ExchangeFolder.create({ format: 'jsonl', options: { complete: true, deleted: 'gone' } }),
});

testConnector({
  name: 'files: XML drops of changed records',
  entity: 'product',
  capabilities: { changes: 'feed', precondition: 'none', deleteEvents: true, digest: false },
  noLine: 'its folder is on this machine',
  setUp: () => ExchangeFolder.create({ format: 'xml', options: { deleted: 'gone', record: 'product' } }),
});
