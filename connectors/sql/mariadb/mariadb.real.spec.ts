import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import {
  canonicalize,
  combineDigests,
  mariadbCombinedDigestSql,
  mariadbRecordDigestSql,
  recordDigest,
  toCombinedDigest,
  type MariadbDigestColumn,
} from '#canonical';
import type { Connector, EntityMapping, ObservedRecord, RecordWrite } from '#connector-sdk';
import { SuiteClock } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type CanonicalValue, type ExternalId, type FieldType } from '#kernel';
import fc from 'fast-check';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { unique } from '../../../test/harness/servers.js';
import { systemAddress } from '../../../test/harness/systems.js';
import { sqlConnector } from '../connector.js';
import { MariadbClient } from './client.js';

jest.setTimeout(60_000);

const database = unique('sql_mariadb');
let users: Pool;
let opened: Connector[] = [];
beforeAll(async () => {
  users = createPool({
    uri: systemAddress('MARIADB_URL').replace('mariadb:', 'mysql:'),
    connectionLimit: 10,
    charset: 'utf8mb4',
  });
  await users.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4`);
});
beforeEach(async () => {
  for (const connector of opened) await connector.close();
  opened = [];
});
afterAll(async () => {
  for (const connector of opened) await connector.close();
  await users.query(`DROP DATABASE ${database}`);
  await users.end();
});

async function table(columns: string): Promise<string> {
  const name = unique('t');
  await users.query(`CREATE TABLE ${database}.${name} (${columns}) ENGINE = InnoDB`);
  return name;
}

function open(source: string, options: EntityMapping['options'] = {}, url = systemAddress('MARIADB_URL')): Connector {
  const connector = sqlConnector.open({
    system: 'shop',
    config: sqlConnector.configSchema.parse({ url, schema: database, statementTimeoutMs: 2_000, poolSize: 8 }),
    mappings: {
      product: { source, key: ['sku'], fields: { brand: { from: 'brand' }, weight: { from: 'kg' } }, options },
    },
    clock: new SuiteClock(),
    logger: silentLogger,
    mode: 'write',
    workFolder: '',
  });
  opened.push(connector);
  return connector;
}

function client(readOnly: boolean): MariadbClient {
  const url = systemAddress('MARIADB_URL');
  const options = { url, schema: database, statementTimeoutMs: 1_000, poolSize: 1, readOnly, applicationName: 'test' };
  return new MariadbClient(options, silentLogger);
}

function toUpdate({ externalId, key, version }: ObservedRecord, fields: CanonicalFields): RecordWrite {
  return { operation: 'update', externalId, key, expectedVersion: version, fields };
}

async function fetchOne(connector: Connector, id: string): Promise<ObservedRecord> {
  const { records } = await connector.fetch('product', { by: 'externalId', ids: [id as ExternalId] });
  if (!records[0]) throw new Error(`no record ${id}`);
  return records[0];
}

const COLUMNS = 'sku VARCHAR(64) PRIMARY KEY, brand VARCHAR(64), kg DECIMAL(14,3)';

test('of writers that all expect one version, one wins and the others are told: the digest is a precondition', async () => {
  const name = await table(COLUMNS);
  for (let round = 0; round < 10; round += 1) {
    await users.query(`REPLACE INTO ${database}.${name} VALUES ('A', 'first', ${round})`);
    const connectors = [open(name), open(name)];
    const current = await fetchOne(connectors[0] as Connector, 'A');
    const writes = Array.from({ length: 12 }, (_, n) => toUpdate(current, { brand: `writer ${n}` }));
    const outcomes = await Promise.all(
      writes.map((write, n) => (connectors[n % 2] as Connector).apply('product', [write])),
    );
    const applied = outcomes.flat().filter(({ kind }) => kind === 'applied');
    expect([applied.length, outcomes.flat().filter(({ kind }) => kind === 'conflict').length]).toEqual([1, 11]);
    const [winner] = applied;
    expect(winner).toMatchObject({ stored: await fetchOne(connectors[0] as Connector, 'A') });
  }
});

test('a write never overwrites what a user commits between its read and its write', async () => {
  const name = await table(COLUMNS);
  await users.query(`INSERT INTO ${database}.${name} VALUES ('A', 'first', 1)`);
  const connector = open(name);
  const current = await fetchOne(connector, 'A');
  const user = await users.getConnection();
  await user.query('START TRANSACTION');
  await user.query(`UPDATE ${database}.${name} SET kg = 2 WHERE sku = 'A'`);
  const write = connector.apply('product', [toUpdate(current, { brand: 'ours' })]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  await user.query('COMMIT');
  user.release();
  expect(await write).toMatchObject([{ kind: 'conflict', current: { fields: { brand: 'first', weight: '2' } } }]);
});

test('a row that stays locked beyond the limit leaves its write unknown, and the connection goes', async () => {
  const name = await table(COLUMNS);
  await users.query(`INSERT INTO ${database}.${name} VALUES ('A', 'first', 1)`);
  const connector = open(name);
  const current = await fetchOne(connector, 'A');
  const user = await users.getConnection();
  await user.query('START TRANSACTION');
  await user.query(`UPDATE ${database}.${name} SET kg = 2 WHERE sku = 'A'`);
  expect(await connector.apply('product', [toUpdate(current, { brand: 'ours' })])).toMatchObject([{ kind: 'unknown' }]);
  await user.query('ROLLBACK');
  user.release();
  expect(await connector.apply('product', [toUpdate(current, { brand: 'ours' })])).toMatchObject([{ kind: 'applied' }]);
});

test('a connection of mode observe refuses every write, also by a function of the database', async () => {
  const name = await table(COLUMNS);
  await users.query(
    `CREATE FUNCTION ${database}.sneak() RETURNS INT BEGIN INSERT INTO ${database}.${name} VALUES ('X', '', 0); RETURN 1; END`,
  );
  const reader = client(true);
  const refused = { code: 'HUB_SOURCE_UNAUTHORISED' };
  await expect(reader.query(`INSERT INTO ${name} VALUES ('A', 'x', 1)`)).rejects.toMatchObject(refused);
  await expect(reader.query(`SELECT CAST(sneak() AS CHAR) AS n`)).rejects.toMatchObject(refused);
  await expect(reader.query(`DROP TABLE ${name}`)).rejects.toMatchObject(refused);
  await reader.close();
  const [rows] = await users.query<RowDataPacket[]>(`SELECT * FROM ${database}.${name}`);
  expect(rows).toEqual([]);
});

test('the server ends a statement at its limit', async () => {
  const slow = client(true);
  const started = Date.now();
  await expect(slow.query('SELECT CAST(SUM(SLEEP(0.1)) AS CHAR) AS s FROM seq_1_to_1000')).rejects.toMatchObject({
    code: 'HUB_SOURCE_TIMEOUT',
  });
  expect(Date.now() - started).toBeLessThan(4_000);
  await slow.close();
});

test('a stopped server and a wrong password are told apart', async () => {
  const url = new URL(systemAddress('MARIADB_URL'));
  url.password = 'wrong';
  expect(await open('t', {}, url.href).check()).toMatchObject({
    reachable: false,
    problems: [expect.stringMatching(/denied/)],
  });
  url.port = '1';
  expect(await open('t', {}, url.href).check()).toMatchObject({
    reachable: false,
    problems: [expect.stringMatching(/can't be reached/)],
  });
});

test('ids and keys are told apart by bytes, whatever their collation takes for equal', async () => {
  const name = await table('n INT PRIMARY KEY, sku VARCHAR(64) COLLATE utf8mb4_general_ci, brand TEXT, kg FLOAT');
  const ids = ['a', 'A', 'a ', 'ä', 'a\t', '\u{1F600}', '\uffee', 'Z'];
  for (const [n, id] of ids.entries())
    await users.query(`INSERT INTO ${database}.${name} VALUES (?, ?, 'b', 0.1)`, [n, id]);
  const connector = open(name);
  const scanned = await connector.scan('product', { from: null, to: null }, null, 100);
  const sorted = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expect(scanned.records.map(({ externalId }) => externalId)).toEqual(sorted);
  expect(scanned.records[0]?.fields).toEqual({ brand: 'b', weight: '0.1' });
  expect((await fetchOne(connector, 'A')).key).toBe('A');
  const half = await connector.scan('product', { from: 'A' as ExternalId, to: 'a ' as ExternalId }, null, 100);
  expect(half.records.map(({ externalId }) => externalId)).toEqual(['Z', 'a', 'a\t', 'a ']);
});

test.each(['latin1', 'utf8mb4'])('a query is read like a table, and one in %s by its keys', async (charset) => {
  const name = await table(`sku VARCHAR(64) CHARACTER SET ${charset} PRIMARY KEY, brand BINARY(2), kg BIT(4)`);
  await users.query(`INSERT INTO ${database}.${name} VALUES ('é', x'00ff', b'101'), ('B', NULL, NULL)`);
  for (const source of [name, `SELECT * FROM ${name}`]) {
    const connector = open(source);
    expect(await fetchOne(connector, 'é')).toMatchObject({ fields: { brand: '00ff', weight: '5' } });
    const { records } = await connector.fetch('product', { by: 'externalId', ids: ['日', 'b', 'e'] as ExternalId[] });
    expect(records).toEqual([]);
  }
});

const types: Record<string, FieldType> = { label: 'text', amount: 'decimal', active: 'boolean', at: 'instant' };
const digestColumns: MariadbDigestColumn[] = [
  { name: 'label', type: 'text', expression: 'r.label' },
  { name: 'amount', type: 'decimal', expression: 'r.amount', scale: 4 },
  { name: 'active', type: 'boolean', expression: 'r.active' },
  { name: 'at', type: 'instant', expression: 'r.at' },
  { name: 'raw', type: 'raw', expression: 'r.raw' },
];

/** Any text that MariaDB can hold, in NFC: it can't compose characters. No U+0000. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('~', ';', '=', '\u00e9', ' ', "'", '\\', '\n', '\u{1F600}'), maxLength: 8 }),
  )
  .map((value) => value.replaceAll('\0', '').normalize('NFC'));
const decimal = fc.oneof(
  fc.constantFrom(
    '-0',
    '0.00',
    '-0.00001',
    '9.90',
    '100',
    '-10.500',
    '0.00005',
    '-0.00005',
    '123456789012345678.99995',
  ),
  fc.tuple(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.nat(6)).map(([n, scale]) => decimalText(n, scale)),
);
const instant = fc
  .tuple(fc.date({ min: new Date('0100-01-01'), max: new Date('9000-01-01'), noInvalidDate: true }), fc.nat(999))
  .map(([date, micros]) => date.toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`));
const row = fc.record({
  label: fc.option(text),
  amount: fc.option(decimal),
  active: fc.option(fc.boolean()),
  at: fc.option(instant),
  raw: fc.option(text),
});

function decimalText(n: bigint, scale: number): string {
  const digits = String(n < 0n ? -n : n).padStart(scale + 1, '0');
  return `${n < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}0`;
}

test.each(['utf8mb4_general_ci', 'utf8mb4_unicode_nopad_ci'])(
  'the digest of a row is the same in MariaDB and here (%s)',
  async (collation) => {
    const name = await table(
      `id INT PRIMARY KEY, label TEXT COLLATE ${collation}, amount DECIMAL(40, 10), active BOOLEAN, at DATETIME(6), raw TEXT`,
    );
    const rows = fc.sample(row, { numRuns: 5_000, seed: 20261125 });
    const values = rows.map(({ label, amount, active, at, raw }, id) => [
      ...[id, label, amount, active],
      ...[at?.replace('T', ' ').replace('Z', '') ?? null, raw],
    ]);
    for (let start = 0; start < values.length; start += 500)
      await users.query(`INSERT INTO ${database}.${name} VALUES ?`, [values.slice(start, start + 500)]);
    const reader = client(true);
    const digest = mariadbRecordDigestSql(digestColumns);
    const found = await reader.query(
      `SELECT CAST(r.id AS CHAR) AS id, ${digest} AS digest FROM ${name} AS r ORDER BY r.id`,
    );
    const wrong = found.filter((each) => each['digest'] !== expected(rows[Number(each['id'])] ?? {}));
    expect(wrong.map((each) => rows[Number(each['id'])])).toEqual([]);
    expect(found).toHaveLength(rows.length);
    const [combined] = await reader.query(
      `SELECT ${mariadbCombinedDigestSql('d.digest')} FROM (SELECT ${digest} AS digest FROM ${name} AS r) AS d`,
    );
    await reader.close();
    expect(toCombinedDigest(combined as never)).toEqual(combineDigests(found.map((each) => each['digest'] ?? '')));
  },
);

function expected(input: Readonly<Record<string, unknown>>): string {
  const fields: Record<string, CanonicalValue> = { raw: (input['raw'] ?? null) as CanonicalValue };
  for (const [name, type] of Object.entries(types)) {
    const result = canonicalize(type, input[name], type === 'decimal' ? { scale: 4 } : {});
    if (!result.ok) throw new Error(result.reason);
    fields[name] = result.value;
  }
  return recordDigest({ ...types, raw: 'text' }, fields);
}
