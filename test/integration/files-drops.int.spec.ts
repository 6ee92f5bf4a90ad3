import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Connector, EntityMapping, ObservedRecord } from '#connector-sdk';
import { SuiteClock } from '#connector-sdk/testing';
import { silentLogger } from '#kernel';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filesConnector } from '../../connectors/files/connector.js';

const mapping = (options: EntityMapping['options'] = {}): EntityMapping => ({
  source: 'products*.csv',
  key: ['sku'],
  fields: { brand: { from: 'brand' }, weight: { from: 'kg' } },
  options,
});

let path: string;
let opened: Connector[];
beforeEach(async () => {
  opened = [];
  path = await mkdtemp(join(tmpdir(), 'plumbline-drops-'));
  await mkdir(join(path, 'exchange/in'), { recursive: true });
});
afterEach(async () => {
  for (const connector of opened) await connector.close();
  await rm(path, { recursive: true });
});

function open(
  options?: EntityMapping['options'],
  mode: 'observe' | 'write' = 'write',
  clock = new SuiteClock(),
): Connector {
  const connector = filesConnector.open({
    system: 'pim',
    config: filesConnector.configSchema.parse({ folder: join(path, 'exchange'), format: 'csv' }),
    mappings: { product: mapping(options) },
    clock,
    logger: silentLogger,
    mode,
    workFolder: join(path, 'work'),
  });
  opened.push(connector);
  return connector;
}

async function drop(name: string, content: string | Buffer, ageMs = 60_000): Promise<void> {
  const file = join(path, 'exchange', `${name}.tmp`);
  await writeFile(file, content);
  const at = new Date(Date.now() - ageMs);
  await utimes(file, at, at);
  await rename(file, join(path, 'exchange/in', name));
}

async function readAll(
  connector: Connector,
  start: string | null = null,
): Promise<{ records: ObservedRecord[]; rejected: string[]; cursor: string }> {
  const all = { records: [] as ObservedRecord[], rejected: [] as string[], cursor: '' };
  for (let cursor = start; ;) {
    const page = await connector.changes('product', cursor, 2);
    all.records.push(...page.records);
    all.rejected.push(...page.rejected.map(({ externalId, reason }) => `${externalId} ${reason}`));
    cursor = all.cursor = page.cursor;
    if (!page.more && page.records.length + page.rejected.length === 0) return all;
  }
}

const keys = (records: readonly ObservedRecord[]): string[] => records.map(({ key }) => String(key));

test('a bad line costs itself only, and is named with its number', async () => {
  const lines = [
    Buffer.from('\ufeffsku,brand,kg\r\n'),
    Buffer.from('A,fine,1\r\n'),
    Buffer.from('B,too,many,cells\r\n'),
    Buffer.from('C,a 5" screw,1\r\n'),
    Buffer.from('D,"two\r\nlines",2\r\n'),
    Buffer.from([0x45, 0x2c, 0xe4, 0xf6, 0x2c, 0x31, 0x0d, 0x0a]),
    Buffer.from('F,x,heavy\r\n'),
    Buffer.from('A,again,1\r\n'),
    Buffer.from('\r\n,no key,1\r\n'),
    Buffer.from('G,"never closed,1\r\n'),
    Buffer.from('H,"",\r\n'),
    Buffer.from('I,"a ""q"" b",3'),
  ];
  await drop('products-1.csv', Buffer.concat(lines));
  const { records, rejected } = await readAll(open());
  expect(records.map(({ key, fields }) => [key, fields['brand'], fields['weight']])).toEqual([
    ['A', 'fine', '1'],
    ['D', 'two\r\nlines', '2'],
    ['H', '', null],
    ['I', 'a "q" b', '3'],
  ]);
  expect(rejected).toEqual([
    'products-1.csv:3 the line has 4 cells, the header 3',
    expect.stringMatching(/^products-1.csv:4 .*quote/),
    'products-1.csv:7 the line is not valid UTF-8',
    'products-1.csv:8 weight: "heavy" is no decimal number',
    'products-1.csv:9 the key is already in line 2',
    'products-1.csv:11 key column "sku" is empty',
    expect.stringMatching(/^products-1.csv:12 .*quote/),
  ]);
  const rejects = await readFile(join(path, 'exchange/rejects/products-1.csv.rejects.jsonl'), 'utf8');
  expect(rejects.trimEnd().split('\n')).toHaveLength(7);
});

test('unfinished files wait: other names, .part, .tmp, and what still grows', async () => {
  await drop('products-1.csv.part', 'sku,brand,kg\nA,x,1');
  await drop('prices.csv', 'sku,brand,kg\nB,x,1');
  const clock = new SuiteClock();
  const connector = open({}, 'write', clock);
  await writeFile(join(path, 'exchange/in/products-3.csv'), 'sku,brand,kg\nD,x,1');
  expect((await connector.changes('product', null, 10)).records).toEqual([]);
  await writeFile(join(path, 'exchange/in/products-3.csv'), 'sku,brand,kg\nD,x,1\nE,x,1');
  expect((await connector.changes('product', null, 10)).records).toEqual([]);
  clock.advance(10_000);
  expect(keys((await readAll(connector)).records)).toEqual(['D', 'E']);
});

test('a drop goes to the archive only after its last page was committed', async () => {
  await drop('products-1.csv', 'sku,brand,kg\nA,x,1\nB,x,2\nC,x,3\n');
  const connector = open();
  const first = await connector.changes('product', null, 2);
  expect(first.more).toBe(true);
  const again = await open().changes('product', first.cursor, 2);
  expect([keys(again.records), again.more]).toEqual([['C'], false]);
  expect(await readdir(join(path, 'exchange/work'))).toEqual(['1-products-1.csv']);
  await open().changes('product', again.cursor, 2);
  expect(await readdir(join(path, 'exchange/archive'))).toEqual(['products-1.csv']);
  expect(await readdir(join(path, 'exchange/work'))).toEqual([]);
});

test('the same content twice is skipped, and told', async () => {
  const connector = open();
  await drop('products-1.csv', 'sku,brand,kg\nA,x,1\n');
  const { cursor } = await readAll(connector);
  await drop('products-2.csv', 'sku,brand,kg\nA,x,1\n');
  const second = await readAll(connector, cursor);
  expect(second.records).toEqual([]);
  expect(second.rejected).toEqual(['products-2.csv skipped: it has the same content as products-1.csv']);
});

test('a complete list deletes what it lacks, but not when a line cannot be read or there is none', async () => {
  const connector = open({ complete: true });
  await drop('products-1.csv', 'sku,brand,kg\nA,x,1\nB,x,1\nC,x,1\n');
  let { cursor } = await readAll(connector);
  await drop('products-2.csv', 'sku,brand,kg\nA,x,1\nbroken\nC,x,1\n');
  const broken = await readAll(connector, cursor);
  expect(broken.records.filter(({ status }) => status === 'deleted')).toEqual([]);
  expect(broken.rejected.at(-1)).toMatch(/1 records are missing, but not taken as deleted/);
  await drop('products-3.csv', 'sku,brand,kg\n');
  const none = await readAll(connector, broken.cursor);
  expect(none.records).toEqual([]);
  await drop('products-4.csv', 'sku,brand,kg\nA,x,1\nC,x,1\n');
  ({ cursor } = none);
  const { records } = await readAll(connector, cursor);
  expect(keys(records.filter(({ status }) => status === 'deleted'))).toEqual(['B']);
});

test('in mode observe files stay where they are, and each is read once', async () => {
  await drop('products-1.csv', 'sku,brand,kg\nA,x,1\nB,bad,heavy\n');
  const first = await readAll(open({}, 'observe'));
  expect([keys(first.records), first.rejected.length]).toEqual([['A'], 1]);
  expect((await readAll(open({}, 'observe'), first.cursor)).records).toEqual([]);
  expect(await readdir(join(path, 'exchange'))).toEqual(['in']);
  expect(await readdir(join(path, 'exchange/in'))).toEqual(['products-1.csv']);
});

test('what a crash left in the work folder is taken in again', async () => {
  await mkdir(join(path, 'exchange/work'));
  await writeFile(join(path, 'exchange', 'work', '1-products-1.csv'), 'sku,brand,kg\nA,x,1\n');
  expect(keys((await readAll(open())).records)).toEqual(['A']);
});

test('a hub without a cursor begins with the consolidated records, each once', async () => {
  const connector = open();
  await drop('products-1.csv', 'sku,brand,kg\nA,x,1\nB,x,1\nC,x,1\n');
  const { cursor } = await readAll(connector);
  await drop('products-2.csv', 'sku,brand,kg\nB,y,2\nD,x,1\n');
  await readAll(connector, cursor);
  const { records } = await readAll(open(), null);
  expect(keys(records)).toEqual(['A', 'B', 'C', 'D']);
  expect(records[1]?.fields['brand']).toBe('y');
});
