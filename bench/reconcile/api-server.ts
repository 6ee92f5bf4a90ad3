// A shop's HTTP JSON API over its table, in a process of its own. Arguments: the database's address. Says its port to its parent.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';

/** What was asked of the API. */
export interface ApiCalls {
  readonly pages: number;
  readonly others: number;
}

const RECORD = `json_build_object('sku', sku, 'ean', ean, 'name_de', name_de, 'name_en', name_en, 'description_de', description_de,
  'description_en', description_en, 'brand', brand, 'category', category, 'unit', unit, 'weight_g', weight_g,
  'tax_class', tax_class, 'active', active, 'version', src_version,
  'updated', to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))`;
const answerOf = (rows: string): string =>
  `SELECT json_build_object('products', coalesce(json_agg(${RECORD}), '[]'))::text AS body FROM (${rows}) AS picked`;
const PAGE = answerOf('SELECT * FROM product WHERE sku > $1 ORDER BY sku LIMIT $2');
const CHANGED = answerOf(
  `SELECT * FROM product WHERE (updated_at, sku) > ($1::timestamptz, $2) ORDER BY updated_at, sku LIMIT $3`,
);
const NAMED = answerOf('SELECT * FROM product WHERE sku = ANY ($1)');

const pool = new pg.Pool({ connectionString: process.argv[2] ?? '', max: 4 });
const calls = { pages: 0, others: 0 };
const server = createServer((request, response) => {
  answer(new URL(request.url ?? '/', 'http://shop'), response).catch((error: unknown) => {
    response.writeHead(500, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: String(error) }));
  });
});
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.once('disconnect', () => process.exit());

async function answer({ pathname, searchParams: query }: URL, response: ServerResponse): Promise<void> {
  if (pathname === '/calls') return reply(response, JSON.stringify(calls));
  const limit = Math.min(1_000, Number(query.get('limit') ?? 1_000));
  const [skus, since] = [query.get('skus'), query.get('since')];
  if (skus === null && since === null) calls.pages += 1;
  else calls.others += 1;
  if (skus !== null) return reply(response, await read(NAMED, [skus.split(',')]));
  if (since !== null) return reply(response, await read(CHANGED, [since, query.get('after') ?? '', limit]));
  if (query.get('sort') === 'updated') return reply(response, await read(CHANGED, ['-infinity', '', limit]));
  return reply(response, await read(PAGE, [query.get('after') ?? '', limit]));
}

async function read(text: string, values: readonly unknown[]): Promise<string> {
  const { rows } = await pool.query<{ body: string }>(text, [...values]);
  return rows[0]?.body ?? '';
}

function reply(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(body);
}
