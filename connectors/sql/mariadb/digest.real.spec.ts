import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import {
  canonicalize,
  combineDigests,
  mariadbCombinedDigestSql,
  mariadbRecordDigestSql,
  toCombinedDigest,
} from '#canonical';
import {
  digestOfGenerated,
  GENERATED_SCALE,
  GENERATED_TYPES,
  generatedRecord,
  presentFields,
  type GeneratedRecord,
} from '#canonical/testing';
import type { Connector, KeyRange } from '#connector-sdk';
import { silentLogger, systemClock, type ExternalId } from '#kernel';
import fc from 'fast-check';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { unique } from '../../../test/harness/servers.js';
import { systemAddress } from '../../../test/harness/systems.js';
import { sqlConnector } from '../connector.js';

jest.setTimeout(120_000);

const ROWS = 100_000;
/** Maps of texts have no digest in MariaDB, which can't compose characters. */
const FIELDS = ['label', 'amount', 'active', 'at'] as const;
type Field = (typeof FIELDS)[number];

const database = unique('sql_digest');
let pool: Pool;
beforeAll(async () => {
  const uri = systemAddress('MARIADB_URL').replace('mariadb:', 'mysql:');
  pool = createPool({ uri, connectionLimit: 1, charset: 'utf8mb4' });
  for (const statement of [
    `CREATE DATABASE ${database} CHARACTER SET utf8mb4`,
    `USE ${database}`,
    "SET SESSION time_zone = '-05:00', sql_mode = 'STRICT_ALL_TABLES'",
  ])
    await pool.query(statement);
});
afterAll(async () => {
  await pool.query(`DROP DATABASE ${database}`);
  await pool.end();
});

function digestSql(present: readonly Field[]): string {
  return mariadbRecordDigestSql(
    present.map((name) => ({
      ...{ name, type: GENERATED_TYPES[name] as 'text', expression: `r.${name}` },
      ...(name === 'amount' && { scale: GENERATED_SCALE }),
    })),
  );
}

/** The record as MariaDB can hold it: texts composed, times in UTC without offset. */
function toRow(record: GeneratedRecord, id: number): unknown[] {
  const at = canonicalize('instant', record.at);
  if (!at.ok) throw new Error(at.reason);
  const time = typeof at.value === 'string' ? at.value.replace('T', ' ').replace('Z', '') : null;
  return [id, record.label?.normalize('NFC') ?? null, record.amount, record.active, time];
}

test('the digest of 100,000 rows is the same in MariaDB and here, whichever fields are absent', async () => {
  const rows = fc.sample(generatedRecord, { numRuns: ROWS, seed: 20261126 });
  await pool.query(
    `CREATE TABLE record (id INT PRIMARY KEY, label TEXT COLLATE utf8mb4_unicode_ci, amount DECIMAL(40, 10), active BOOLEAN,
       at DATETIME(6)) ENGINE = InnoDB`,
  );
  for (let start = 0; start < rows.length; start += 5_000) {
    const part = rows.slice(start, start + 5_000).map((row, index) => toRow(row, start + index));
    await pool.query('INSERT INTO record VALUES ?', [part]);
  }
  const ways = presentFields(FIELDS) as Field[][];
  const size = Math.ceil(rows.length / ways.length);
  const different: GeneratedRecord[] = [];
  let compared = 0;
  for (const [way, present] of ways.entries()) {
    const from = `record AS r WHERE r.id >= ${way * size} AND r.id < ${(way + 1) * size}`;
    const [found] = await pool.query<RowDataPacket[]>(`SELECT r.id, ${digestSql(present)} AS digest FROM ${from}`);
    for (const { id, digest } of found as unknown as { id: number; digest: string }[]) {
      const row = rows[id];
      if (row && digest !== digestOfGenerated(row, present)) different.push(row);
      compared += 1;
    }
    const [[combined]] = await pool.query<RowDataPacket[]>(
      `SELECT ${mariadbCombinedDigestSql('d.digest')} FROM (SELECT ${digestSql(present)} AS digest FROM ${from}) AS d`,
    );
    expect(toCombinedDigest(combined as never)).toEqual(combineDigests(found.map((row) => String(row['digest']))));
  }
  expect(different.slice(0, 3)).toEqual([]);
  expect(compared).toBe(ROWS);
});

test('digests of ranges are those of the rows that each range holds', async () => {
  const unit = fc.constantFrom('a', 'B', '-', '~', 'é', '\uffee', '\u{1f600}', '"', '\\', ' ', '1');
  const id = fc.string({ unit, minLength: 1, maxLength: 4 });
  const ids = fc.sample(fc.uniqueArray(id, { minLength: 300, maxLength: 300 }), { numRuns: 1, seed: 7 })[0] ?? [];
  await pool.query(
    `CREATE TABLE article (sku VARCHAR(40) COLLATE utf8mb4_nopad_bin PRIMARY KEY, ean TEXT, grams DECIMAL(12, 2)) ENGINE = InnoDB`,
  );
  await pool.query('INSERT INTO article VALUES ?', [
    ids.map((sku, n) => [sku, n % 3 === 0 ? null : `${sku}~;`, n / 2]),
  ]);
  const fields = { ean: { from: 'ean' }, weight: { from: 'grams' } };
  const connector = sqlConnector.open({
    system: 'shop',
    config: sqlConnector.configSchema.parse({ url: systemAddress('MARIADB_URL'), schema: database }),
    mappings: { product: { source: 'article', key: ['sku'], fields, options: {} } },
    ...{ clock: systemClock, logger: silentLogger, mode: 'observe' as const, workFolder: '' },
  }) as Required<Connector>;
  try {
    expect(await connector.digestTraits('product')).toMatchObject({ isPass: true });
    const rows = await connector.keyDigests('product', [{ from: null, to: null }]);
    expect(rows.map(({ externalId }) => externalId).sort()).toEqual([...ids].sort());
    const cuts = [...ids].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).filter((_, n) => n % 7 === 3);
    const ends = [null, ...cuts, null] as (ExternalId | null)[];
    const ranges: KeyRange[] = ends.slice(1).map((to, n) => ({ from: ends[n] ?? null, to }));
    const held = ranges.map((range) => rows.filter(({ externalId }) => isIn(range, externalId)));
    expect(await connector.digest('product', ranges)).toEqual(
      held.map((some) => combineDigests(some.map(({ digest }) => digest))),
    );
    const odd = ranges.filter((_, n) => n % 2 === 1);
    const found = await connector.keyDigests('product', odd);
    const expected = held.filter((_, n) => n % 2 === 1).flat();
    expect(found.map(({ externalId }) => externalId).sort()).toEqual(expected.map((row) => row.externalId).sort());
  } finally {
    await connector.close();
  }
});

function isIn({ from, to }: KeyRange, id: string): boolean {
  const isAfter = (bound: string): boolean => Buffer.compare(Buffer.from(id), Buffer.from(bound)) > 0;
  return (from === null || isAfter(from)) && (to === null || !isAfter(to));
}
