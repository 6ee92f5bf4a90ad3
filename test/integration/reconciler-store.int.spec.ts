import { systemClock, type SystemId } from '#kernel';
import { nextStep, type RoundEventEncoder } from '#reconciliation';
import { aSummary, differencesOf, testDriftReads, testRoundStore } from '#reconciliation/testing';
import {
  AddDriftReport,
  AddRetention,
  CreateOutboxTables,
  CreateReconcilerTables,
  Database,
  PostgresDriftReads,
  PostgresOutboxStore,
  PostgresRoundReads,
  PostgresRoundStore,
} from '#store-postgres';
import { encodeHeaders } from '#outbox';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { serverAddresses, unique } from '../harness/servers.js';

/** Events as JSON: what is encoded is the messaging library's matter. */
const encoder: RoundEventEncoder = {
  encodeDrift: async (records) => records.map((record) => message('hub.drift.v1', record.externalId, record)),
  encodeAudit: async (records) => records.map((record) => message('hub.audit.v1', record.subject, record)),
};
const message = (topic: string, key: string, value: unknown) => ({
  topics: [topic],
  key,
  value: Buffer.from(JSON.stringify(value)),
  headers: encodeHeaders({}),
});

const schema = unique('reconciler_store');
let database: Database;
let store: PostgresRoundStore;
let systems = 0;
const freshSystem = (): SystemId => `system-${(systems += 1)}` as SystemId;

beforeAll(async () => {
  const options = { url: serverAddresses().databaseUrl, schema, applicationName: 'reconciler-store test' };
  database = await Database.connect(options, [
    CreateOutboxTables,
    CreateReconcilerTables,
    AddRetention,
    AddDriftReport,
  ]);
  await database.migrate();
  store = new PostgresRoundStore({ database, encoder, clock: systemClock });
});
beforeEach(async () => {
  await database.query('TRUNCATE round, drift_item, hold, audit, outbox');
});
afterAll(async () => {
  await database.query(`DROP SCHEMA "${schema}" CASCADE`);
  await database.close();
});

async function publishedEvents(): Promise<{ topic: string; value: Record<string, unknown> }[]> {
  const outbox = new PostgresOutboxStore(database);
  const lease = await outbox.acquire(0, 'test', 60_000);
  const rows = lease ? await outbox.findPending(lease, 1_000, []) : [];
  return rows.map(({ topics: [topic = ''], value }) => {
    return { topic, value: JSON.parse(value.toString()) as Record<string, unknown> };
  });
}

describe('PostgresDriftReads', () => {
  testDriftReads(async () => ({
    ...{ store, reads: new PostgresDriftReads(database), freshSystem },
    pause: () => systemClock.sleep(2),
  }));
});

describe('PostgresRoundStore', () => {
  testRoundStore(async () => ({
    store,
    freshSystem,
    outcomes: async (id) => {
      const items = await new PostgresRoundReads(database).findDrift(id, 1_000);
      return Object.fromEntries(items.map(({ externalId, outcome }) => [externalId, outcome]));
    },
  }));

  test('publishes each outcome of each drift, and each decision, with its transaction', async () => {
    const { round } = await store.start(freshSystem(), 'product', false);
    const summary = aSummary([...differencesOf('missing', 60), ...differencesOf('foreign', 1)]);
    const hold = { verdict: 'hold', rule: 'delete-share', count: 60, limit: 50, reason: 'too many' } as const;
    await store.advance(nextStep(round, { kind: 'scanned', summary, verdict: hold }, () => 0));
    const held = await store.getRound(round.id);
    await store.advance(nextStep(held, { kind: 'rejected', digest: summary.digest, actor: 'ann' }, () => 0));
    const events = await publishedEvents();
    const count = (topic: string, part: object) =>
      events.filter((event) => event.topic === topic && Object.entries(part).every(([k, v]) => event.value[k] === v))
        .length;
    expect(count('hub.drift.v1', { outcome: 'held' })).toBe(60);
    expect(count('hub.drift.v1', { outcome: 'found', kind: 'foreign' })).toBe(1);
    expect(count('hub.drift.v1', { outcome: 'rejected' })).toBe(60);
    expect(count('hub.audit.v1', { action: 'hold.opened', actor: 'guard', subject: round.id })).toBe(1);
    expect(count('hub.audit.v1', { action: 'hold.rejected', actor: 'ann' })).toBe(1);
    expect(events).toHaveLength(123);
  });

  test('shows rounds, drift and holds', async () => {
    const reads = new PostgresRoundReads(database);
    const { round } = await store.start(freshSystem(), 'product', false);
    const summary = aSummary(differencesOf('changed', 300));
    const hold = { verdict: 'hold', rule: 'changed-share', count: 300, limit: 200, reason: 'too many' } as const;
    await store.advance(nextStep(round, { kind: 'scanned', summary, verdict: hold }, () => 0));
    const [report] = await reads.findReports(10);
    expect(report).toMatchObject({ id: round.id, state: 'held', changed: 300, holdId: round.id, endedAt: null });
    expect(report?.startedAt).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    expect(await reads.getReport(round.id)).toEqual(report);
    const [open] = await reads.findHolds('open', 10);
    expect(open).toMatchObject({
      ...{ id: round.id, kind: 'round', system: round.system, rule: 'changed-share', count: 300, limit: 200 },
      ...{ samples: ['changed-0', 'changed-1', 'changed-2', 'changed-3', 'changed-4'], digest: summary.digest },
    });
    expect(await reads.findHolds('approved', 10)).toEqual([]);
    expect(await reads.findDrift(round.id, 2)).toEqual([
      expect.objectContaining({ externalId: 'changed-0', kind: 'changed', fields: ['name'], outcome: 'held' }),
      expect.objectContaining({ externalId: 'changed-1', fields: ['brand'] }),
    ]);
    await expect(reads.getReport('none')).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
    await expect(reads.getHold('none')).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
  });

  test('stores nothing of a transition that another driver overtook', async () => {
    const { round } = await store.start(freshSystem(), 'product', false);
    const scanned = {
      kind: 'scanned',
      summary: aSummary(differencesOf('changed', 2)),
      verdict: { verdict: 'commit' },
    } as const;
    const transition = nextStep(round, scanned, () => 0);
    const both = await Promise.allSettled([store.advance(transition), store.advance(transition)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await publishedEvents()).toHaveLength(2);
  });
});
