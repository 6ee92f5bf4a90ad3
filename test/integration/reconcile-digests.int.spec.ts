import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { combineDigests } from '#canonical';
import type { Connector } from '#connector-sdk';
import { silentLogger, systemClock, type ExternalId } from '#kernel';
import {
  AddRangeDigests,
  CreateMirrorTables,
  CreateOutboxTables,
  Database,
  PostgresMirrorDigests,
  PostgresMirrorStore,
} from '#store-postgres';
import { firstPlan, scanByDigests, type DigestSide, type IdRange, type KeyDigest } from '#reconciliation';
import pg from 'pg';
import { sqlConnector } from '../../connectors/sql/connector.js';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';

const COUNT = 6_000;
const ENTITY = 'product' as const;

let scratch: ScratchDatabase;
let database: Database;
let users: pg.Client;
let digests: PostgresMirrorDigests;
let connector: Required<Connector>;

beforeAll(async () => {
  scratch = await createDatabase('digest_scan');
  const options = { url: scratch.url, schema: 'hub', applicationName: 'digest-scan', poolSize: 4 };
  database = await Database.connect(options, [CreateOutboxTables, CreateMirrorTables, AddRangeDigests]);
  await database.migrate();
  digests = new PostgresMirrorDigests(database);
  users = new pg.Client({ connectionString: scratch.url });
  await users.connect();
  await users.query('CREATE TABLE public.product (sku text COLLATE "C" PRIMARY KEY, ean text, brand text)');
  await users.query(
    `INSERT INTO public.product SELECT chr(65 + n % 26) || '-' || n, 'e' || n, 'é~;' || n % 7 FROM generate_series(1, $1::int) AS n`,
    [COUNT],
  );
  connector = sqlConnector.open({
    system: 'shop',
    config: sqlConnector.configSchema.parse({ url: scratch.url, schema: 'public' }),
    mappings: {
      [ENTITY]: {
        source: 'product',
        key: ['sku'],
        fields: { ean: { from: 'ean' }, brand: { from: 'brand' } },
        options: {},
      },
    },
    ...{ clock: systemClock, logger: silentLogger, mode: 'observe', workFolder: '' },
  }) as Required<Connector>;
  await readAll();
});
afterAll(async () => {
  await connector.close();
  await users.end();
  await database.close();
  await scratch.drop();
});

/** The mirror as after a complete reading. */
async function readAll(): Promise<void> {
  await database.query('DELETE FROM mirror');
  const rows = await connector.keyDigests(ENTITY, [{ from: null, to: null }]);
  await database.query(
    `INSERT INTO mirror (entity, external_id, key, live, digest, observation, attempts, retry_at_ms, undone, undone_since_ms, bulk, moved_by)
     SELECT $1, id, id, true, digest, json_build_object('status', 'live', 'digest', digest)::text, 0, 0, 0, 0, false, pg_current_xact_id()
     FROM unnest($2::text[], $3::text[]) AS t(id, digest)`,
    [ENTITY, rows.map(({ externalId }) => externalId), rows.map(({ digest }) => digest)],
  );
}

async function scan(version?: string, weaken: (side: DigestSide) => DigestSide = (side) => side) {
  const { version: current } = await connector.digestTraits(ENTITY);
  const toKeys = (ranges: readonly IdRange[]) =>
    ranges.map(({ from, to }) => ({ from: from as ExternalId | null, to: to as ExternalId | null }));
  const [live] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM mirror WHERE live');
  return scanByDigests({
    ...{ entity: ENTITY, plans: digests, clock: systemClock },
    digestVersion: version ?? current,
    rows: live?.count ?? 0,
    findBoundaries: async (step) => {
      const rows = await database.query<{ id: string }>('SELECT external_id AS id FROM mirror ORDER BY external_id');
      return rows.map(({ id }) => id).filter((_, index) => (index + 1) % step === 0);
    },
    ours: weaken({
      digestRanges: (ranges) => digests.digestRanges(ENTITY, ranges),
      findKeyDigests: (ranges) => digests.findKeyDigests(ENTITY, ranges),
    }),
    theirs: weaken({
      digestRanges: (ranges) => connector.digest(ENTITY, toKeys(ranges)),
      findKeyDigests: (ranges) => connector.keyDigests(ENTITY, toKeys(ranges)),
    }),
    sizes: { targetMs: 500, first: 16, smallest: 1, largest: 64 },
  });
}

test('a scan by digests finds exactly what was changed behind the mirror, in kept ranges too', async () => {
  expect(await scan()).toMatchObject({ candidates: [], scanned: COUNT, dirtyRanges: 0 });
  // nobody knew the drift before the first: the second cuts for none, and that is kept
  expect(await scan()).toMatchObject({ candidates: [], scanned: COUNT, dirtyRanges: 0 });
  const kept = await digests.findPlan(ENTITY);
  const bounds = kept?.boundaries ?? [];
  expect(bounds.length).toBeGreaterThan(50);
  // at the very ends of ranges and of the id space, and a swap that keeps every value in the table
  const [first, last, twinA, twinB] = [bounds[3] ?? '', bounds[9] ?? '', bounds[20] ?? '', bounds[21] ?? ''];
  await users.query('UPDATE product SET ean = NULL WHERE sku = $1', [first]);
  await users.query('DELETE FROM product WHERE sku = $1', [last]);
  await users.query(`INSERT INTO product VALUES ('', 'x', 'y'), ('😀', 'x', 'y'), ($1, 'x', 'y')`, [`${first}0`]);
  await users.query(
    `UPDATE product AS p SET ean = o.ean, brand = o.brand FROM product AS o
     WHERE (p.sku, o.sku) IN (($1, $2), ($2, $1))`,
    [twinA, twinB],
  );
  const found = await scan();
  const expected = [first, last, twinA, twinB, '', '😀', `${first}0`];
  expect(found === 'rescan' ? found : [...found.candidates].sort()).toEqual(expected.sort());
  expect(found).toMatchObject({ scanned: COUNT + 2 });
  expect(await digests.findPlan(ENTITY)).toMatchObject({ boundaries: bounds, drift: expected.length });
  await readAll();
  expect(await scan()).toMatchObject({ candidates: [], scanned: COUNT + 2 });
});

/** Digests of one byte, so that records with the same are found at once: what a range says must not rest on their XOR. */
function cutToByte({ findKeyDigests }: DigestSide, isXorOnly: boolean): DigestSide {
  const cut = ({ externalId, digest }: KeyDigest): KeyDigest => ({ externalId, digest: byteOf(digest) });
  let all: readonly KeyDigest[] | undefined;
  return {
    findKeyDigests: async (ranges) => (await findKeyDigests(ranges)).map(cut),
    digestRanges: async (ranges) => {
      all ??= (await findKeyDigests([{ from: null, to: null }])).map(cut);
      return ranges.map((range) => {
        const combined = combineDigests(
          (all ?? []).filter(({ externalId }) => isIn(range, externalId)).map(({ digest }) => digest ?? ''),
        );
        return isXorOnly ? { ...combined, count: 0, sum: '' } : combined;
      });
    },
  };
}

function byteOf(digest: string | null): string {
  return (digest ?? '').slice(-2).padStart(16, '0');
}

function isIn({ from, to }: IdRange, id: string): boolean {
  const isAfter = (limit: string): boolean => Buffer.compare(Buffer.from(id), Buffer.from(limit)) > 0;
  return (from === null || isAfter(from)) && (to === null || !isAfter(to));
}

test('P11: two records that vanish with the same digest are found; the mutant that knows XOR only finds neither', async () => {
  const bounds = (await digests.findPlan(ENTITY))?.boundaries ?? [];
  const range = { from: bounds[30] ?? null, to: bounds[31] ?? null };
  const rows = await digests.findKeyDigests(ENTITY, [range]);
  const twins = rows.flatMap((one) =>
    rows.filter((other) => other !== one && byteOf(other.digest) === byteOf(one.digest)),
  );
  const [first, second] = [
    twins[0]?.externalId,
    twins.find((twin) => twin !== twins[0] && byteOf(twin.digest) === byteOf(twins[0]?.digest ?? ''))?.externalId,
  ];
  const expected = [String(first), String(second)].sort();
  await users.query('CREATE TEMP TABLE kept AS SELECT * FROM product WHERE sku = ANY($1)', [expected]);
  await users.query('DELETE FROM product WHERE sku = ANY($1)', [expected]);
  const found = await scan(undefined, (side) => cutToByte(side, false));
  expect(found === 'rescan' ? found : [...found.candidates].sort()).toEqual(expected);
  expect(await scan(undefined, (side) => cutToByte(side, true))).toMatchObject({ candidates: [] });
  await users.query('INSERT INTO product SELECT * FROM kept');
  expect(await scan()).toMatchObject({ candidates: [] });
});

test('digests of another version mean a scan of the records, and no drift', async () => {
  expect(await scan('sql-2')).toBe('rescan');
  await digests.savePlan(ENTITY, firstPlan('sql-2', 0));
  expect(await scan('sql-2')).toMatchObject({ candidates: [] });
  const { version } = await connector.digestTraits(ENTITY);
  await digests.savePlan(ENTITY, firstPlan(version, 0));
});

test('stored digests are replaced only where the row did not move since it was read', async () => {
  const store = new PostgresMirrorStore(database);
  const [still, moved] = ['A-26', 'B-1'] as const;
  const ticket = await store.drawTicket();
  await database.query('UPDATE mirror SET moved_by = pg_current_xact_id() WHERE external_id = $1', [moved]);
  const digest = '00000000000000aa';
  const fresh = [still, moved].map((externalId) => ({ externalId, digest }));
  expect(await digests.saveDigests(ENTITY, fresh, ticket)).toBe(1);
  expect(await digests.saveDigests(ENTITY, fresh, ticket)).toBe(0);
  const rows = await database.query<{ id: string; same: boolean }>(
    `SELECT external_id AS id, observation::json ->> 'digest' = digest AS same FROM mirror WHERE digest = $1`,
    [digest],
  );
  expect(rows).toEqual([{ id: still, same: true }]);
  expect(await scan()).toMatchObject({ candidates: [still] });
});
