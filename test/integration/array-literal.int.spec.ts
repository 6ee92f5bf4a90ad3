import { toArrayLiteral } from '#kernel';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';

/** Any text that PostgreSQL can hold, with much of what means something in a literal. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({
      unit: fc.constantFrom('{', '}', '"', '\\', ',', ' ', '\t', '\v', '\u00a0', 'NULL', 'a'),
      maxLength: 8,
    }),
  )
  .map((value) => value.replaceAll('\0', ''));

let client: pg.Client;
beforeAll(async () => {
  client = new pg.Client({ connectionString: process.env['DATABASE_URL'] });
  await client.connect();
});
afterAll(() => client.end());

async function readBack(type: string, values: readonly unknown[]): Promise<unknown> {
  const { rows } = await client.query<{ read: unknown }>(`SELECT to_json($1::${type}[]) AS read`, [
    toArrayLiteral(values),
  ]);
  return rows[0]?.read;
}

test('PostgreSQL reads 1,000 generated arrays of texts as they were', async () => {
  const arrays = fc.array(fc.option(text, { freq: 8 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(arrays, async (values) => expect(await readBack('text', values)).toEqual(values)),
    { numRuns: 1_000 },
  );
});

test('and numbers, whole and broken, and booleans', async () => {
  expect(await readBack('bigint', [1, -2, null, 3n])).toEqual([1, -2, null, 3]);
  expect(await readBack('float8', [0.5, 1e21, null])).toEqual([0.5, 1e21, null]);
  expect(await readBack('boolean', [true, null, false])).toEqual([true, null, false]);
});
