import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DropRow } from './drop-row.js';
import { readXml } from './xml-rows.js';
import { findNoXmlCharacter, toXml } from './xml-text.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plumbline-xml-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function read(content: string | Buffer, record?: string): Promise<DropRow[]> {
  const path = join(folder, 'drop.xml');
  await writeFile(path, content);
  return readFile(path, record);
}

async function readFile(path: string, record?: string): Promise<DropRow[]> {
  const rows: DropRow[] = [];
  for await (const row of readXml(path, record)) rows.push(row);
  return rows;
}

const reasons = (rows: readonly DropRow[]): string[] =>
  rows.flatMap((row) => ('reason' in row ? `${row.line} ${row.reason}` : []));

test('a record has its attributes and the texts below it, by path', async () => {
  const xml = `\ufeff<?xml version="1.0" encoding="utf-8"?>
<catalogue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" at="today">
  <product id="7">
    <sku>A</sku><brand xsi:nil="true"/><note></note>
    <name lang="de">Schraube &amp; Mutter</name><name lang="en"><![CDATA[Screw <x>]]></name>
    <price currency="EUR"><amount>1.50</amount><amount>9</amount></price>
  </product>
  <product><sku>B&#x1F600;</sku></product>
</catalogue>`;
  expect(await read(xml)).toEqual([
    {
      line: 3,
      row: {
        '@id': '7',
        sku: 'A',
        brand: null,
        'brand.@xsi:nil': 'true',
        note: '',
        name: 'Schraube & Mutter',
        'name.@lang': 'de',
        'name[@lang=de]': 'Schraube & Mutter',
        'name[@lang=en]': 'Screw <x>',
        'price.@currency': 'EUR',
        'price.amount': '1.50',
      },
    },
    { line: 8, row: { sku: 'B\u{1F600}' } },
  ]);
});

test('records are found by name at any depth, and what is around them is passed over', async () => {
  const xml =
    '<a><head><sku>no</sku></head><list>\n<item><sku>1</sku></item><group><item><sku>2</sku></item></group></list></a>';
  expect(await read(xml, 'item')).toEqual([
    { line: 2, row: { sku: '1' } },
    { line: 2, row: { sku: '2' } },
  ]);
});

test.each([
  ['an external entity', '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<a><p><sku>&x;</sku></p></a>'],
  ['an external document type', '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/a.dtd">\n<a><p><sku>1</sku></p></a>'],
  [
    'entities that grow',
    `<!DOCTYPE a [<!ENTITY a "ha">${Array.from({ length: 30 }, (_, n) => `<!ENTITY b${n} "&a;&a;">`).join('')}]>\n<a/>`,
  ],
])('%s is refused before anything is read', async (_, xml) => {
  expect(await read(xml)).toEqual([
    { line: 1, reason: 'the XML has a document type, which is refused; the rest of the file is not read' },
  ]);
});

test.each([
  ['an entity that nobody declared', '<a><p><sku>1</sku></p>\n<p><sku>&x;</sku></p></a>', /^2 .*undefined entity/],
  ['a tag that is not closed', '<a><p><sku>1</sku></p>\n<p><sku>2</p></a>', /^2 .*not well-formed/],
  ['a file that was cut off', '<a><p><sku>1</sku></p>\n<p><sku>2', /^2 .*unclosed tag/],
  ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', /^1 .*declared as ISO-8859-1/],
  ['nesting without end', `<a><p><sku>1</sku></p>\n${'<x>'.repeat(100)}`, /^2 .*nested deeper than 64/],
  [
    'too many values',
    `<a><p><sku>1</sku></p>\n<p ${Array.from({ length: 10_001 }, (_, n) => `a${n}=""`).join(' ')}/></a>`,
    /^2 .*10000 values/,
  ],
])('%s ends the reading with its line, after the records before it', async (_, xml, reason) => {
  const rows = await read(xml);
  expect(reasons(rows)).toEqual([expect.stringMatching(reason)]);
  expect(rows.filter((row) => 'row' in row)).toHaveLength(xml.startsWith('<?xml') ? 0 : 1);
});

test('a record that is not UTF-8 costs itself only', async () => {
  const xml = Buffer.concat([
    Buffer.from('<a>\n<p><sku>'),
    Buffer.from([0xe4]),
    Buffer.from('</sku></p>\n<p><sku>2</sku></p></a>'),
  ]);
  expect(await read(xml)).toEqual([
    { line: 2, reason: 'the record is not valid UTF-8' },
    { line: 3, row: { sku: '2' } },
  ]);
});

test('memory is bounded: a text, a comment or a document type without end is refused', async () => {
  for (const head of ['<a><p><sku>', '<a><!--', '<!DOCTYPE a [', '<a b="']) {
    const path = join(folder, 'large.xml');
    const file = await open(path, 'w');
    await file.appendFile(head);
    for (let n = 0; n < 60; n += 1) await file.appendFile('x'.repeat(200_000));
    await file.close();
    const before = process.memoryUsage().rss;
    expect(reasons(await readFile(path))).toEqual([expect.stringMatching(/^1 a part of the XML is longer/)]);
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
  }
}, 60_000);

test('what is written reads back as it was', async () => {
  const row = {
    '@id': '1',
    sku: 'A & <b> "q"',
    brand: null,
    note: '',
    'name[@lang=de]': 'eins\r\nzwei\tdrei ',
    'name[@lang=en]': null,
    'price.@currency': 'EUR',
    'price.amount': '1.50',
    active: true,
  };
  const [read1] = await read(toXml([row], 'product'));
  expect(read1).toMatchObject({ row: { ...row, active: 'true' } });
  expect([findNoXmlCharacter(row), findNoXmlCharacter({ a: 'x\u0001' })]).toEqual([null, 'U+0001']);
});
