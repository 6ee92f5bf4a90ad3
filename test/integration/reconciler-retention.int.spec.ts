import { systemClock, type SystemId } from '#kernel';
import { nextStep, type RoundEventEncoder } from '#reconciliation';
import { aSummary, differencesOf } from '#reconciliation/testing';
import {
  AddDriftReport,
  AddRetention,
  CreateOutboxTables,
  CreateReconcilerTables,
  Database,
  PostgresRoundRetention,
  PostgresRoundStore,
} from '#store-postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { serverAddresses, unique } from '../harness/servers.js';

const DAY_MS = 24 * 60 * 60_000;
const KEEP = { roundsMs: 90 * DAY_MS, auditMs: 400 * DAY_MS };
const NO_EVENTS: RoundEventEncoder = { encodeDrift: async () => [], encodeAudit: async () => [] };
const [SHOP, ERP] = ['shop', 'erp'] as unknown as readonly [SystemId, SystemId];

const schema = unique('retention');
let database: Database;
let retention: PostgresRoundRetention;
let store: PostgresRoundStore;

beforeAll(async () => {
  const options = { url: serverAddresses().databaseUrl, schema, applicationName: 'retention test' };
  database = await Database.connect(options, [
    CreateOutboxTables,
    CreateReconcilerTables,
    AddRetention,
    AddDriftReport,
  ]);
  await database.migrate();
  retention = new PostgresRoundRetention(database);
  store = new PostgresRoundStore({ database, encoder: NO_EVENTS, clock: systemClock });
});
beforeEach(() => database.query('TRUNCATE round, drift_item, hold, audit'));
afterAll(async () => {
  await database.query(`DROP SCHEMA "${schema}" CASCADE`);
  await database.close();
});

/** A round that ended so many days ago, with items and a decided hold. */
async function addRound(id: string, daysAgo: number, { system = SHOP, items = 1 } = {}): Promise<void> {
  await database.query(
    `INSERT INTO round (id, system, entity, demanded, state, step, started_at, ended_at)
     VALUES ($1, $2, 'product', false, 'verified', NULL, clock_timestamp() - $3::int * interval '1 day',
       clock_timestamp() - $3::int * interval '1 day')`,
    [id, system, daysAgo],
  );
  await database.query(
    `INSERT INTO hold (id, rule, count, "limit", reason, samples, digest, state, opened_at)
     VALUES ($1, 'r', 1, 1, '', '{}', 'd', 'approved', clock_timestamp())`,
    [id],
  );
  await database.query(
    `INSERT INTO drift_item (round_id, position, external_id, kind, fields, outcome)
     SELECT $1, n, n::text, 'changed', '{}', 'fixed' FROM generate_series(1, $2::int) AS n`,
    [id, items],
  );
}

async function addAudit(daysAgo: number): Promise<void> {
  await database.query(
    `INSERT INTO audit (id, at, actor, action, subject, details)
     VALUES ($1, clock_timestamp() - $2::int * interval '1 day', 'a', 'b', 'c', '{}')`,
    [`${daysAgo} days`, daysAgo],
  );
}

async function idsOf(table: string, column = 'id'): Promise<string[]> {
  const rows = await database.query<{ id: string }>(`SELECT DISTINCT ${column} AS id FROM ${table} ORDER BY 1`);
  return rows.map(({ id }) => id);
}

describe('old rounds', () => {
  test('go with their drift and holds; younger ones, and the last of each system and entity, stay', async () => {
    await addRound('r1', 120);
    await addRound('r2', 91);
    await addRound('r3', 89);
    await addRound('r4', 120, { system: ERP });
    expect(await retention.prune(KEEP)).toEqual({ rounds: 2, items: 2, audit: 0, more: false });
    expect(await idsOf('round')).toEqual(['r3', 'r4']);
    expect(await idsOf('hold')).toEqual(['r3', 'r4']);
    expect(await idsOf('drift_item', 'round_id')).toEqual(['r3', 'r4']);
    expect(await retention.prune(KEEP)).toEqual({ rounds: 0, items: 0, audit: 0, more: false });
  });

  test('stay while they are under way or held, however old', async () => {
    const scanned = await store.start(SHOP, 'product', false);
    const { round } = await store.start(SHOP, 'price', false);
    const verdict = { verdict: 'hold', rule: 'changed-share', count: 300, limit: 200, reason: 'too many' } as const;
    const summary = aSummary(differencesOf('changed', 300));
    await store.advance(nextStep(round, { kind: 'scanned', summary, verdict }, () => 0));
    const settling = await store.start(SHOP, 'customer', false);
    const rejected = { verdict: 'reject', reason: 'as before' } as const;
    await store.advance(nextStep(settling.round, { kind: 'scanned', summary, verdict: rejected }, () => 0));
    expect((await store.getRound(settling.round.id)).step).toBe('discard');
    await database.query(`UPDATE round SET started_at = '2000-01-01', ended_at = CASE WHEN ended_at IS NULL THEN NULL
      ELSE '2000-01-01'::timestamptz END`);
    // later ones that ended, so that none is the last of its entity
    for (const entity of ['product', 'price', 'customer'] as const)
      await database.query(
        `INSERT INTO round (id, system, entity, demanded, state, step, ended_at)
         VALUES ($1::text, 'shop', $1::text, false, 'clean', NULL, clock_timestamp())`,
        [entity],
      );
    expect(await retention.prune(KEEP)).toMatchObject({ rounds: 0, items: 0 });
    const ids = [scanned.round.id, round.id, settling.round.id, 'customer', 'price', 'product'];
    expect(await idsOf('round')).toEqual(ids.sort());
    expect(await idsOf('hold')).toEqual([round.id]);
  });

  test('go in batches of a bounded size, items first, and two reconcilers take different ones', async () => {
    for (const id of ['r1', 'r2', 'r3']) await addRound(id, 100, { items: 25 });
    await addRound('r4', 1);
    expect(await retention.prune(KEEP, 10)).toMatchObject({ rounds: 0, items: 10, more: true });
    expect(await idsOf('round')).toEqual(['r1', 'r2', 'r3', 'r4']);
    for (let batch = 0; (await retention.prune(KEEP, 10)).more; batch += 1) expect(batch).toBeLessThan(10);
    expect(await idsOf('round')).toEqual(['r4']);
    await Promise.all(Array.from({ length: 40 }, (_, index) => addRound(`old-${index}`, 100)));
    await addRound('r5', 1);
    const pruned = await Promise.all([retention.prune(KEEP, 30), retention.prune(KEEP, 30)]);
    expect(pruned.reduce((sum, { rounds }) => sum + rounds, 0)).toBeLessThanOrEqual(40);
    while ((await retention.prune(KEEP, 30)).more);
    expect(await idsOf('round')).toEqual(['r4', 'r5']);
  });
});

test('old audit entries go, the oldest first and no more than a batch', async () => {
  for (const daysAgo of [500, 450, 401, 399, 1]) await addAudit(daysAgo);
  expect(await retention.prune(KEEP, 2)).toMatchObject({ audit: 2, more: true });
  expect(await retention.prune(KEEP, 2)).toMatchObject({ audit: 1, more: false });
  expect(await idsOf('audit')).toEqual(['1 days', '399 days']);
});
