import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { combinedDigestSql, combineDigests, recordDigestSql, toCombinedDigest } from '#canonical';
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
import pg from 'pg';
import { createDatabase, type ScratchDatabase } from '../../test/harness/servers.js';
import { sqlConnector } from './connector.js';

jest.setTimeout(120_000);

const ROWS = 100_000;
const FIELDS = Object.keys(GENERATED_TYPES) as (keyof GeneratedRecord)[];
const RECORDSET = 'r(n integer, label text, amount numeric, active boolean, at timestamptz, names jsonb)';

let scratch: ScratchDatabase;
let client: pg.Client;
beforeAll(async () => {
  scratch = await createDatabase('sql_digest');
  client = new pg.Client({ connectionString: scratch.url });
  await client.connect();
  await client.query("SET TimeZone = 'America/New_York'");
});
afterAll(async () => {
  await client.end();
  await scratch.drop();
});

/** Digest of the named columns; the others are absent from it. */
function digestSql(present: readonly (keyof GeneratedRecord)[]): string {
  return recordDigestSql(
    present.map((name) => ({
      ...{ name, type: GENERATED_TYPES[name], expression: `r.${name}` },
      ...(name === 'amount' && { scale: GENERATED_SCALE }),
    })),
  );
}

test('the digest of 100,000 rows is the same in PostgreSQL and here, whichever fields are absent', async () => {
  const rows = fc.sample(generatedRecord, { numRuns: ROWS, seed: 20261126 });
  const ways = presentFields(FIELDS);
  const size = Math.ceil(rows.length / ways.length);
  const different: GeneratedRecord[] = [];
  let compared = 0;
  for (const [way, present] of ways.entries()) {
    const part = rows.slice(way * size, (way + 1) * size);
    const json = JSON.stringify(part.map((value, n) => ({ n, ...value })));
    const from = `jsonb_to_recordset($1::jsonb) AS ${RECORDSET}`;
    const digest = digestSql(present);
    const { rows: found } = await client.query<{ n: number; digest: string }>(
      `SELECT r.n, ${digest} AS digest FROM ${from}`,
      [json],
    );
    for (const { n, digest: theirs } of found) {
      const row = part[n];
      if (row && theirs !== digestOfGenerated(row, present)) different.push(row);
      compared += 1;
    }
    const combined = await client.query<Parameters<typeof toCombinedDigest>[0]>(
      `SELECT ${combinedDigestSql('d.digest')} FROM (SELECT ${digest} AS digest FROM ${from} OFFSET 0) AS d`,
      [json],
    );
    expect(combined.rows.map(toCombinedDigest)).toEqual([combineDigests(found.map((row) => row.digest))]);
  }
  expect(different.slice(0, 3)).toEqual([]);
  expect(compared).toBe(ROWS);
});

const range = (from: string | null, to: string | null): KeyRange => ({
  from: from as ExternalId | null,
  to: to as ExternalId | null,
});

async function openTable(name: string, idType: string, ids: readonly string[]) {
  await client.query(
    `CREATE TABLE ${name} (sku ${idType} PRIMARY KEY, ean text, grams numeric(12, 2), active boolean)`,
  );
  await client.query(
    `INSERT INTO ${name} SELECT id, CASE n % 3 WHEN 0 THEN NULL ELSE id || '~;' END, n * 0.5, n % 2 = 0
     FROM unnest($1::text[]) WITH ORDINALITY AS t(id, n)`,
    [ids],
  );
  const weight = { from: 'grams', factor: '0.001' };
  const mapping = { source: name, key: ['sku'], fields: { ean: { from: 'ean' }, weight, active: { from: 'active' } } };
  return sqlConnector.open({
    ...{ system: 'shop', config: sqlConnector.configSchema.parse({ url: scratch.url }) },
    mappings: { product: { ...mapping, options: {} } },
    ...{ clock: systemClock, logger: silentLogger, mode: 'observe' as const, workFolder: '' },
  }) as Required<Connector>;
}

describe('digests of ranges', () => {
  const unit = fc.constantFrom('a', 'B', '-', '~', 'é', '\uffee', '\u{1f600}', '"', '\\', ',', ' ', '1');
  const id = fc.string({ unit, minLength: 1, maxLength: 4 });
  const ids = fc.sample(fc.uniqueArray(id, { minLength: 400, maxLength: 400 }), { numRuns: 1, seed: 7 })[0] ?? [];

  test.each([
    ['by probes of an index in byte order', 'probed', 'text COLLATE "C"', false],
    ['by probes, of a varchar', 'probed_varchar', 'varchar(40) COLLATE "C"', false],
    ['by a pass over a table in another order', 'passed', 'text COLLATE "und-x-icu"', true],
  ])('are those of the rows that each range holds: %s', async (_, name, idType, isPass) => {
    const connector = await openTable(name, idType, ids);
    try {
      expect(await connector.digestTraits('product')).toMatchObject({ isPass });
      const rows = await connector.keyDigests('product', [range(null, null)]);
      expect(rows.map(({ externalId }) => externalId).sort()).toEqual([...ids].sort());
      const { records } = await connector.fetch('product', { by: 'externalId', ids: ids as ExternalId[] });
      const digests = new Map(rows.map(({ externalId, digest }) => [externalId, digest]));
      expect(records.map((record) => [record.externalId, record.digest])).toEqual(
        records.map((record) => [record.externalId, digests.get(record.externalId)]),
      );
      const bound = fc.option(fc.oneof(id, fc.constantFrom(...ids)));
      await fc.assert(
        fc.asyncProperty(fc.array(fc.tuple(bound, bound), { maxLength: 6 }), async (bounds) => {
          const ranges = bounds.map(([from, to]) => range(from, to)).filter(isRising);
          const found = await connector.digest('product', ranges);
          const expected = ranges.map((each) => rows.filter((row) => isIn(each, row.externalId)));
          expect(found).toEqual(expected.map((held) => combineDigests(held.map(({ digest }) => digest))));
          for (const each of ranges) {
            const held = await connector.keyDigests('product', [each]);
            const skus = rows.filter((row) => isIn(each, row.externalId)).map(({ externalId }) => externalId);
            expect(held.map(({ externalId }) => externalId).sort()).toEqual(skus.sort());
          }
        }),
        { numRuns: 100 },
      );
    } finally {
      await connector.close();
    }
  });
});

test('two rows that swap a value are noticed by the sum as well as by the XOR', async () => {
  const connector = await openTable('swapped', 'text COLLATE "C"', ['a', 'b', 'c']);
  try {
    const before = await connector.digest('product', [range(null, null)]);
    await client.query(
      'UPDATE swapped AS t SET grams = o.grams FROM swapped AS o WHERE (t.sku, o.sku) IN (($1, $2), ($2, $1))',
      ['a', 'b'],
    );
    const [after] = await connector.digest('product', [range(null, null)]);
    expect(after).toEqual({ count: 3, xor: expect.any(String), sum: expect.any(String) });
    expect(after?.xor).not.toBe(before[0]?.xor);
    expect(after?.sum).not.toBe(before[0]?.sum);
  } finally {
    await connector.close();
  }
});

/** A host never asks for a range that ends before it begins. */
function isRising({ from, to }: KeyRange): boolean {
  return from === null || to === null || Buffer.compare(Buffer.from(from), Buffer.from(to)) <= 0;
}

function isIn({ from, to }: KeyRange, id: string): boolean {
  const isAfter = (bound: string): boolean => Buffer.compare(Buffer.from(id), Buffer.from(bound)) > 0;
  return (from === null || isAfter(from)) && (to === null || !isAfter(to));
}
