import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  canonicalize,
  combinedDigestSql,
  combineDigests,
  recordDigest,
  recordDigestSql,
  toCombinedDigest,
  type DigestColumn,
} from '#canonical';
import type { CanonicalFields, CanonicalValue, FieldType } from '#kernel';
import fc from 'fast-check';
import pg from 'pg';

const ROWS = 10_000;
const types: Record<string, FieldType> = {
  label: 'text',
  amount: 'decimal',
  active: 'boolean',
  at: 'instant',
  names: 'texts',
};
const columns: DigestColumn[] = Object.entries(types).map(([name, type]) => ({
  name,
  type,
  expression: `r.${name}`,
  ...(type === 'decimal' ? { scale: 4 } : {}),
}));
const RECORDSET = 'r(id integer, label text, amount numeric, active boolean, at timestamptz, names jsonb)';

/** Any text that PostgreSQL can hold: composed and decomposed, right to left, emoji, our own separators; no U+0000. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('~', ';', '=', 'e\u0301', '\u00e9', '\u212b', "'", '\\', '\n'), maxLength: 8 }),
  )
  .map((value) => value.replaceAll('\0', ''));
const decimal = fc.oneof(
  fc.constantFrom('-0', '0.00', '-0.00001', '9.90', '1e3', '-1.5E-3', '0.00005', '123456789012345678.99995'),
  fc.tuple(fc.bigInt(-(10n ** 15n), 10n ** 15n), fc.nat(6)).map(([n, scale]) => `${n}e-${scale}`),
);
/** Both sides of the changes of summer time, with offsets, and any other time. */
const instant = fc.oneof(
  fc.constantFrom('2026-03-29T01:59:59.999999+01:00', '2026-03-29 03:00:00+02:00', '2026-10-25T02:30:00.5+02:00'),
  fc
    .date({ min: new Date('0100-01-01'), max: new Date('9000-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString()),
);
const row = fc.record({
  label: fc.option(text),
  amount: fc.option(decimal),
  active: fc.option(fc.boolean()),
  at: fc.option(instant),
  names: fc.option(fc.dictionary(fc.constantFrom('de', 'de-AT', 'en', 'pt-BR', 'zh-Hant'), fc.option(text))),
});

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
  await client.query("SET TimeZone = 'America/New_York'");
});
afterAll(async () => client.end());

function canonicalFields(input: Readonly<Record<string, unknown>>): CanonicalFields {
  const fields: Record<string, CanonicalValue> = {};
  for (const [name, type] of Object.entries(types)) {
    const result = canonicalize(type, input[name], type === 'decimal' ? { scale: 4 } : {});
    if (!result.ok) throw new Error(result.reason);
    fields[name] = result.value;
  }
  return fields;
}

test('the digest of a row is the same in PostgreSQL and here', async () => {
  const rows = fc.sample(row, { numRuns: ROWS, seed: 20261123 });
  const json = JSON.stringify(rows.map((value, id) => ({ id, ...value })));
  const result = await client.query<{ id: number; digest: string }>(
    `SELECT r.id, ${recordDigestSql(columns)} AS digest FROM jsonb_to_recordset($1::jsonb) AS ${RECORDSET} ORDER BY r.id`,
    [json],
  );
  const different = result.rows.filter(
    ({ id, digest }) => digest !== recordDigest(types, canonicalFields(rows[id] ?? {})),
  );
  expect(different.map(({ id }) => rows[id])).toEqual([]);
  expect(result.rows).toHaveLength(ROWS);

  const combined = await client.query<{ count: string; xor: string; sum: string }>(
    `SELECT ${combinedDigestSql('d.digest')} FROM (SELECT ${recordDigestSql(columns)} AS digest
       FROM jsonb_to_recordset($1::jsonb) AS ${RECORDSET}) AS d`,
    [json],
  );
  expect(combined.rows.map(toCombinedDigest)).toEqual([combineDigests(result.rows.map(({ digest }) => digest))]);
});

test('the combined digest of no rows is zero in PostgreSQL and here', async () => {
  const sql = `SELECT ${combinedDigestSql('d')} FROM (SELECT '00'::text AS d WHERE false) AS none`;
  const { rows } = await client.query<{ count: string; xor: string | null; sum: string | null }>(sql);
  expect(rows.map(toCombinedDigest)).toEqual([combineDigests([])]);
});
