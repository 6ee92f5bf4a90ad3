import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TrytonDatabase } from './tryton.js';

/** Tables that a fill writes; what Tryton itself needs to run is in others. */
const FILLED = String.raw`^(product|stock|party)_|^ir_translation$|^ir_model_log$`;
const TABLES = `
  SELECT relname AS name FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname ~ $1 ORDER BY 1`;
const COPIED = `
  SELECT relname AS name FROM pg_class
  WHERE relnamespace = to_regnamespace('demo_prepared') AND relkind = 'r' AND relname <> 'stamp'`;

/**
 * Business data as `fill` makes it by Tryton's own API, which takes half a minute of its only core a thousand products.
 * The first time it is kept beside, in a schema of its own; afterwards it is copied from there, as long as neither the data
 * nor the code that fills has changed.
 */
export async function fillPrepared(tryton: TrytonDatabase, data: unknown, fill: () => Promise<void>): Promise<void> {
  const code = readFileSync(join(import.meta.dirname, 'fill-tryton.js'));
  const stamp = createHash('sha256').update(code).update(JSON.stringify(data)).digest('hex');
  if ((await findStamp(tryton)) === stamp) return restore(tryton);
  await fill();
  await keep(tryton, stamp);
}

async function findStamp({ sql }: TrytonDatabase): Promise<string | null> {
  const [table] = await sql.query<{ name: string | null }>(`SELECT to_regclass('demo_prepared.stamp') AS name`);
  if (!table?.name) return null;
  const [row] = await sql.query<{ stamp: string }>('SELECT stamp FROM demo_prepared.stamp');
  return row?.stamp ?? null;
}

async function keep({ sql }: TrytonDatabase, stamp: string): Promise<void> {
  const tables = await sql.query<{ name: string }>(TABLES, [FILLED]);
  await sql.behindTheBack([
    ['DROP SCHEMA IF EXISTS demo_prepared CASCADE', []],
    ['CREATE SCHEMA demo_prepared', []],
    ...tables.map(({ name }) => [`CREATE TABLE demo_prepared."${name}" AS TABLE public."${name}"`, []] as const),
    ['CREATE TABLE demo_prepared.stamp (stamp text)', []],
    ['INSERT INTO demo_prepared.stamp VALUES ($1)', [stamp]],
  ]);
  await sql.query('ANALYZE');
}

async function restore({ sql }: TrytonDatabase): Promise<void> {
  const tables = await sql.query<{ name: string }>(COPIED);
  await sql.behindTheBack(
    tables.flatMap(({ name }) => [
      [`DELETE FROM public."${name}"`, []] as const,
      [`INSERT INTO public."${name}" SELECT * FROM demo_prepared."${name}"`, []] as const,
    ]),
  );
  await sql.query('ANALYZE');
}
