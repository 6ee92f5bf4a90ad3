import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ObservedRecord } from '#connector-sdk';
import {
  GoldenIntake,
  ReadingCommit,
  rereadOnce,
  type CommitCounts,
  type GoldenPage,
  type HostContext,
} from '#connector-host/testing';
import type { GoldenEvent } from '#contracts';
import { HubError, type BusinessKey, type Instant } from '#kernel';
import type { ReadTicket } from '#mirror';
import { aRecord, ENTITY, entityContext, ids, ME, MirrorFixture } from './host-fixture.js';

const AT = '2026-01-01T00:00:00.000000Z' as Instant;

describe('committing what was read', () => {
  let mirror: MirrorFixture;
  beforeAll(async () => void (mirror = await MirrorFixture.create()), 60_000);
  beforeEach(() => mirror.clear());
  afterAll(() => mirror.drop());

  const read = async (records: readonly ObservedRecord[], ticket?: ReadTicket): Promise<CommitCounts> => {
    const drawn = ticket ?? (await mirror.store.drawTicket());
    return mirror.store.transaction(async (tx) => {
      const commit = new ReadingCommit(mirror.context(), entityContext, tx);
      await commit.add({ records, ticket: drawn, readAtMs: Date.now() });
      return commit.commit('batch');
    });
  };
  const events = async (): Promise<string[]> => {
    const rows = await mirror.database.query<{ value: Buffer }>('SELECT value FROM outbox ORDER BY sequence');
    return rows.map(({ value }) => value.toString());
  };
  const listed = async (): Promise<string[]> => (await mirror.reports.findSetAside(10)).map(({ reason }) => reason);
  const goldenEvent = (key: string): GoldenEvent => ({
    entity: ENTITY,
    key: key as BusinessKey,
    version: 1n,
    sequence: 1n,
    status: 'live',
    policyVersion: 1,
    changedAt: AT,
    merged: [],
    fields: { brand: 'G' },
    origins: {},
  });
  const toPage = (offset: bigint, ...events_: GoldenEvent[]): GoldenPage => ({
    topic: 'golden',
    partition: 0,
    events: events_.map((event) => ({ offset, event, bulk: false })),
    nextOffset: offset + 1n,
  });
  const receive = (offset: bigint, ...events_: GoldenEvent[]): Promise<void> =>
    new GoldenIntake(mirror.context()).applyPage(entityContext, toPage(offset, ...events_));

  test('a first reading is authored, and the same reading again authors nothing', async () => {
    expect(await read([aRecord('A'), aRecord('B')])).toMatchObject({ authored: 2 });
    expect(await read([aRecord('A'), aRecord('B'), aRecord('B')])).toMatchObject({ authored: 0, noted: 0, queued: 0 });
    expect(await events()).toEqual(['A/1', 'B/1']);
  });

  test('duplicates within one page are one change', async () => {
    await read([aRecord('A')]);
    const changed = aRecord('A', 'new', { version: '2' });
    expect(await read([changed, changed])).toMatchObject({ authored: 1 });
    expect(await events()).toEqual(['A/1', 'A/2']);
  });

  test('what was read before the row moved is thrown away and queued, and the second read counts', async () => {
    await read([aRecord('A')]);
    const ticket = await mirror.store.drawTicket();
    await read([aRecord('A', 'newer', { version: '3' })]);
    expect(await read([aRecord('A', 'stale', { version: '2' })], ticket)).toMatchObject({ authored: 0, queued: 1 });
    const [leased] = await mirror.store.transaction((tx) =>
      tx.leaseRereads(ENTITY, 10, { owner: ME, forMs: 10_000 }, Date.now()),
    );
    const id = leased?.id ?? 0n;
    const underLease = await mirror.store.drawTicket();
    await mirror.store.transaction(async (tx) => {
      const commit = new ReadingCommit(mirror.context(), entityContext, tx);
      const found = new Map([[id, aRecord('A', 'newest', { version: '4' })]]);
      await commit.addLeased([id], { found, readAtMs: Date.now(), ticket: underLease });
      expect(await commit.commit(null)).toMatchObject({ authored: 1 });
    });
    expect(await events()).toEqual(['A/1', 'A/2', 'A/3']);
    const [row] = await mirror.rowsOf('A');
    expect(row?.observation?.fields).toEqual({ brand: 'newest' });
  });

  test('rows that could not be read again are free for the next try, although their lease was long', async () => {
    await read([aRecord('A')]);
    const [row] = await mirror.store.transaction((tx) => tx.lockRows(ENTITY, { externalIds: ids('A') }, null, ME));
    await mirror.store.transaction((tx) => tx.queueRereads([row?.id ?? 0n]));
    let isDown = true;
    const fetch = async (): Promise<unknown> => {
      if (isDown) throw new HubError('HUB_SOURCE_UNAUTHORISED', 'no login');
      return { records: [aRecord('A', 'newer', { version: '2' })], rejected: [] };
    };
    const context = { ...mirror.context(), connector: { fetch } as unknown as HostContext['connector'] };
    await expect(rereadOnce(context, entityContext)).rejects.toThrow('no login');
    isDown = false;
    expect(await rereadOnce(context, entityContext)).toBe(1);
    expect(await rereadOnce(context, entityContext)).toBe(0);
    expect(await events()).toEqual(['A/1', 'A/2']);
  });

  test('two live records with one key: the second is parked with both named', async () => {
    await read([aRecord('A')]);
    const twin = aRecord('twin', 'A', { key: 'A' as BusinessKey });
    expect(await read([twin])).toMatchObject({ authored: 0, parked: 1 });
    expect(await read([aRecord('B'), { ...aRecord('other', 'B'), key: 'B' as BusinessKey }])).toMatchObject({
      authored: 1,
      parked: 1,
    });
    expect((await listed()).sort()).toEqual([
      'Two live records have the key A: A and twin.',
      'Two live records have the key B: B and other.',
    ]);
    expect(await events()).toEqual(['A/1', 'B/1']);
  });

  test('a record whose key changed is parked with both keys named', async () => {
    await read([aRecord('A')]);
    const renamed = aRecord('A', 'A', { key: 'Z' as BusinessKey, version: '2', digest: 'ffffffffffffffff' });
    expect(await read([renamed])).toMatchObject({ authored: 0, parked: 1 });
    expect(await listed()).toEqual([expect.stringContaining('changed from A to Z')]);
    expect(await mirror.rowsOf('Z')).toEqual([]);
  });

  test('a new external id takes over the key of a deleted record', async () => {
    await read([aRecord('A')]);
    await read([aRecord('A', 'A', { status: 'deleted', version: null, fields: {}, digest: null })]);
    expect(await read([aRecord('A2', 'next life', { key: 'A' as BusinessKey })])).toMatchObject({ parked: 0 });
    const rows = await mirror.rowsOf('A');
    expect(rows.map(({ externalId }) => externalId)).toEqual(ids('A2'));
  });

  test('poller and consumer that meet a new key at once make one row of it', async () => {
    for (let round = 0; round < 10; round += 1) {
      const key = `N-${round}`;
      await Promise.all([read([aRecord(key)]), receive(BigInt(round), goldenEvent(key))]);
      const rows = await mirror.rowsOf(key);
      expect(rows).toHaveLength(1);
      expect(rows[0]?.golden?.version).toBe(1n);
      // where the consumer was first, the reading may be stale: it is read again by key
      const [queued] = await mirror.store.transaction((tx) =>
        tx.leaseRereads(ENTITY, 1, { owner: ME, forMs: 60_000 }, Date.now()),
      );
      expect(queued?.row.key ?? rows[0]?.externalId).toBe(key);
    }
  });

  test('a golden page applied again changes nothing', async () => {
    await receive(5n, goldenEvent('A'));
    const before = await mirror.rowsOf('A');
    await receive(5n, { ...goldenEvent('A'), sequence: 9n, fields: { brand: 'again' } });
    expect(await mirror.rowsOf('A')).toEqual(before);
  });

  test('a page for a database that went back in time is refused, and nothing of it is stored', async () => {
    const intake = new GoldenIntake(mirror.context());
    await intake.applyPage(entityContext, toPage(5n, goldenEvent('A')));
    await mirror.clear(); // as a restored backup leaves it
    const late = intake.applyPage(entityContext, toPage(6n, goldenEvent('B')));
    await expect(late).rejects.toMatchObject({ code: 'HUB_DATABASE_OLD', disposition: 'stop' });
    expect(await mirror.rowsOf('B')).toEqual([]);
    await receive(6n, goldenEvent('B'));
    expect(await mirror.rowsOf('B')).toHaveLength(1);
  });
});
