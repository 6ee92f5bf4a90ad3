import type { Database } from '#store-postgres';
import { serverCpuSeconds } from '../server-cpu.js';
import type { Arena } from './arena.js';
import { round } from './round.js';
import { MAPPED } from './stores.js';

/** What the servers alone need to canonicalise and hash both stores in place, at once. */
export interface FloorFigures {
  readonly contestant: 'floor';
  readonly hash: 'hashtextextended' | 'md5';
  readonly wallS: number;
  readonly dbCpuS: number;
}

const CANONICAL = MAPPED.map(
  (name) => `'${name}=' || coalesce(replace(replace(p."${name}"::text, '~', '~0'), ';', '~1'), '~') || ';'`,
);
const TEXT = CANONICAL.join(' || ');
const DIGESTS = {
  hashtextextended: `hashtextextended(${TEXT}, 0)`,
  md5: `('x' || left(md5(${TEXT}), 16))::bit(64)::bigint`,
} as const;

/** Measures the floor with PostgreSQL's fastest hash, or with the one that other databases and Node have too. */
export async function measureFloor(
  { known, shop }: Arena,
  postgresPid: number,
  hash: FloorFigures['hash'],
): Promise<FloorFigures> {
  const before = serverCpuSeconds(postgresPid);
  const startedAt = performance.now();
  await Promise.all([hashAll(known, hash), hashAll(shop, hash)]);
  const wallS = (performance.now() - startedAt) / 1000;
  return { contestant: 'floor', hash, wallS: round(wallS), dbCpuS: round(serverCpuSeconds(postgresPid) - before) };
}

/** In ranges of a hundred products, as the floor of the design was measured; one process a store. */
async function hashAll(database: Database, hash: FloorFigures['hash']): Promise<void> {
  await database.query(
    `SELECT count(*), bit_xor(x) FROM (
       SELECT left(p.sku, 8) AS range, count(*) AS c, bit_xor(${DIGESTS[hash]}) AS x FROM product AS p GROUP BY 1) AS ranges`,
  );
}
