import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LockedRow, MirrorTransaction, ReadTicket } from '#mirror';
import { aRow, change, ENTITY, ids, keys, ME, MirrorFixture, OTHER } from './host-fixture.js';

describe('locks, tickets and leases of the mirror', () => {
  let mirror: MirrorFixture;
  beforeAll(async () => void (mirror = await MirrorFixture.create()), 60_000);
  beforeEach(() => mirror.clear());
  afterAll(() => mirror.drop());

  const lock = (ticket: ReadTicket | null, owner = ME, ...names: string[]): Promise<LockedRow[]> =>
    mirror.store.transaction((tx) => tx.lockRows(ENTITY, { externalIds: ids(...names) }, ticket, owner));
  const lockOne = async (tx: MirrorTransaction, name: string): Promise<LockedRow> => {
    const [row] = await tx.lockRows(ENTITY, { externalIds: ids(name) }, null, ME);
    return row as LockedRow;
  };
  /** Holds a transaction open until `release` is called. */
  const hold = (
    work: (tx: MirrorTransaction) => Promise<unknown>,
  ): { readonly ready: Promise<void>; readonly release: () => Promise<void> } => {
    let letGo = (): void => undefined;
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    let isReady = (): void => undefined;
    const ready = new Promise<void>((resolve) => (isReady = resolve));
    const done = mirror.store.transaction(async (tx) => {
      await work(tx);
      isReady();
      await gate;
    });
    return { ready: Promise.race([ready, done]), release: () => (letGo(), done) };
  };
  const move = async (tx: MirrorTransaction, name: string, brand: string, moves = true): Promise<void> => {
    const { id, row } = await lockOne(tx, name);
    await tx.save([change(aRow(name, brand), { id, before: row, moves })]);
  };

  test('a row that was stored before the ticket has not moved; one stored after it has', async () => {
    await mirror.insert(aRow('K'));
    const ticket = await mirror.store.drawTicket();
    expect(await lock(ticket, ME, 'K')).toMatchObject([{ moved: false, leased: false }]);
    await mirror.store.transaction((tx) => move(tx, 'K', 'B'));
    expect(await lock(ticket, ME, 'K')).toMatchObject([{ moved: true }]);
    expect(await lock(null, ME, 'K')).toMatchObject([{ moved: false }]);
    expect(await lock(await mirror.store.drawTicket(), ME, 'K')).toMatchObject([{ moved: false }]);
  });

  test('a transaction that began before the ticket and commits after it is seen as a move', async () => {
    await mirror.insert(aRow('K'));
    const writing = hold((tx) => move(tx, 'K', 'B'));
    await writing.ready;
    await mirror.insert(aRow('LATER')); // a higher transaction id commits first
    const ticket = await mirror.store.drawTicket();
    await writing.release();
    expect(await lock(ticket, ME, 'K', 'LATER')).toMatchObject([
      { row: { key: 'K' }, moved: true },
      { row: { key: 'LATER' }, moved: false },
    ]);
  });

  test('storing a golden record moves nothing', async () => {
    await mirror.insert(aRow('K'));
    const ticket = await mirror.store.drawTicket();
    await mirror.store.transaction((tx) => move(tx, 'K', 'A', false));
    expect(await lock(ticket, ME, 'K')).toMatchObject([{ moved: false }]);
  });

  test('a lease holds others off until it ends or is released', async () => {
    await mirror.insert(aRow('K'));
    const lease = (forMs: number): Promise<void> =>
      mirror.store.transaction(async (tx) => {
        const { id, row } = await lockOne(tx, 'K');
        await tx.save([change(row, { id, before: row, lease: { owner: ME, forMs } })]);
      });
    await lease(60_000);
    expect(await lock(null, ME, 'K')).toMatchObject([{ leased: false }]);
    expect(await lock(null, OTHER, 'K')).toMatchObject([{ leased: true }]);
    await lease(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await lock(null, OTHER, 'K')).toMatchObject([{ leased: false }]);
    await lease(60_000);
    await mirror.store.transaction(async (tx) => {
      const { id, row } = await lockOne(tx, 'K');
      await tx.save([change(row, { id, before: row, lease: 'release' })]);
    });
    expect(await lock(null, OTHER, 'K')).toMatchObject([{ leased: false }]);
  });

  test('a queued second read is leased once, by one owner, and again only when the lease ends', async () => {
    await mirror.insert(aRow('K'), aRow('L'));
    const [row] = await lock(null, ME, 'K');
    await mirror.store.transaction((tx) => tx.queueRereads([row?.id ?? 0n]));
    const take = (owner: typeof ME, forMs: number): Promise<LockedRow[]> =>
      mirror.store.transaction((tx) => tx.leaseRereads(ENTITY, 10, { owner, forMs }, Date.now()));
    expect(await take(ME, 50)).toMatchObject([{ row: { key: 'K' } }]);
    expect(await take(OTHER, 50)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 80));
    expect(await take(OTHER, 60_000)).toMatchObject([{ row: { key: 'K' } }]);
    await mirror.store.transaction((tx) =>
      tx.save([change(aRow('K'), { id: row?.id ?? 0n, before: null, lease: 'release-read' })]),
    );
    expect(await take(ME, 50)).toEqual([]);
  });

  test('two that insert the same key at once make one row', async () => {
    const insertIfMissing = (by: 'externalIds' | 'keys'): Promise<void> =>
      mirror.store.transaction(async (tx) => {
        const selector = by === 'keys' ? { keys: keys('K') } : { externalIds: ids('K'), keys: keys('K') };
        const locked = await tx.lockRows(ENTITY, selector, null, ME);
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (locked.length === 0) await tx.save([change(aRow('K', 'A', by === 'keys' ? null : 'K'))]);
      });
    await Promise.all([insertIfMissing('keys'), insertIfMissing('externalIds'), insertIfMissing('keys')]);
    expect(await mirror.rowsOf('K')).toHaveLength(1);
  });

  test('due rows: live before bulk, no more than asked for, none that another works on, parked or put off', async () => {
    const now = Date.now();
    await mirror.store.transaction(async (tx) => {
      await tx.lockRows(ENTITY, { keys: keys('A') }, null, ME);
      await tx.save([
        change(aRow('BULK'), { differs: ['brand'], bulk: true }),
        change(aRow('DUE-1'), { differs: ['brand'] }),
        change(aRow('DUE-2'), { differs: ['existence'] }),
        change(aRow('EQUAL'), { differs: [] }),
        change(aRow('UNWANTED'), { differs: null }),
        change({ ...aRow('PARKED'), parked: 'why' }, { differs: ['brand'] }),
        change({ ...aRow('LATER'), retryAtMs: now + 60_000 }, { differs: ['brand'] }),
        change(aRow('LEASED'), { differs: ['brand'], lease: { owner: OTHER, forMs: 60_000 } }),
      ]);
    });
    const due = (limit: number, withBulk = true): Promise<string[]> =>
      mirror.store.transaction(async (tx) =>
        (await tx.lockDue(ENTITY, { limit, nowMs: now, withBulk })).map(({ row }) => row.key),
      );
    expect(await due(10)).toEqual(['DUE-1', 'DUE-2', 'BULK']);
    expect(await due(2)).toEqual(['DUE-1', 'DUE-2']);
    expect(await due(10, false)).toEqual(['DUE-1', 'DUE-2']);
    const working = hold((tx) => tx.lockDue(ENTITY, { limit: 1, nowMs: now, withBulk: true }));
    await working.ready;
    expect(await due(10)).toEqual(['DUE-2', 'BULK']);
    await working.release();
  });

  test('a part that did not change is kept, one that did is replaced', async () => {
    await mirror.insert({ ...aRow('K'), storedForms: { brand: { wrote: 'a', as: 'A' } } });
    await mirror.store.transaction(async (tx) => {
      const { id, row } = await lockOne(tx, 'K');
      const observation = aRow('K', 'a "quoted"\u001e text \u001f = \n').observation;
      await tx.save([change({ ...row, observation }, { id, before: row, differs: ['brand'] })]);
    });
    const [row] = await mirror.rowsOf('K');
    expect(row?.observation?.fields).toEqual({ brand: 'a "quoted"\u001e text \u001f = \n' });
    expect(row?.storedForms).toEqual({ brand: { wrote: 'a', as: 'A' } });
  });

  test('a changed mapping makes rows due as bulk, and a second look at the same mapping is not needed', async () => {
    const golden = { version: 1n, sequence: 1n, status: 'live' as const, fields: { brand: 'B' }, mergedSequence: 0n };
    await mirror.insert({ ...aRow('K'), golden }, aRow('L'));
    const wantsBrand = (row: { readonly golden: unknown }): string[] | null => (row.golden ? ['brand'] : null);
    expect(await mirror.reports.recomputeDiffers(ENTITY, wantsBrand, 'v1')).toBe(2);
    expect(await mirror.reports.recomputeDiffers(ENTITY, () => [], 'v1')).toBe(0);
    const due = await mirror.store.transaction((tx) =>
      tx.lockDue(ENTITY, { limit: 10, nowMs: Date.now(), withBulk: true }),
    );
    expect(due.map(({ row }) => row.key)).toEqual(['K']);
  });

  test('a row that differs is due only where the hub may write', async () => {
    const { rounds, reports, store } = mirror;
    await store.transaction((tx) => tx.save([change(aRow('K'), { differs: ['brand'] })]));
    const isDue = async (): Promise<(boolean | undefined)[]> => {
      const ticket = await store.drawTicket();
      return (await rounds.findRowsByKeys(ENTITY, keys('K'), ticket)).map((entry) => entry.isDue);
    };
    expect(await isDue()).toEqual([false]);
    await reports.saveMode('write', 'a test');
    expect(await isDue()).toEqual([true]);
    await reports.saveMode('observe', 'a test');
  });

  test('a row is merged when golden has answered the last that its system authored, or has nothing to answer', async () => {
    const { rounds, store } = mirror;
    const golden = { version: 1n, sequence: 7n, status: 'live' as const, fields: {}, mergedSequence: 4n };
    const authored = (sequence: bigint) => ({
      epoch: 1,
      sequence,
      status: 'live' as const,
      statusSequence: 1n,
      fields: {},
    });
    await mirror.insert(
      { ...aRow('answered'), golden, contribution: authored(4n) },
      { ...aRow('waiting'), golden, contribution: authored(10n) },
      { ...aRow('foreign'), contribution: authored(1n) },
      { ...aRow('told'), golden },
    );
    const entries = await rounds.findRowsByKeys(
      ENTITY,
      keys('answered', 'foreign', 'told', 'waiting'),
      await store.drawTicket(),
    );
    const seen = entries.map(({ row, isMerged, hasGolden, hasIntent }) => [row.key, isMerged, hasGolden, hasIntent]);
    expect(seen.sort()).toEqual([
      ['answered', true, true, false],
      ['foreign', true, false, false],
      ['told', true, true, false],
      ['waiting', false, true, false],
    ]);
  });

  test('digests of ranges add up and tell which range differs', async () => {
    await mirror.insert(...['A', 'B', 'C', 'D', 'E'].map((key) => aRow(key)));
    const boundaries = await mirror.rounds.findBoundaries(ENTITY, 2);
    expect(boundaries).toEqual(['B', 'D']);
    const ranges = [
      { from: null, to: 'B' },
      { from: 'B', to: 'D' },
      { from: 'D', to: null },
    ];
    const before = await mirror.digests.digestRanges(ENTITY, ranges);
    expect(before.map(({ count }) => count)).toEqual([2, 2, 1]);
    await mirror.store.transaction((tx) => move(tx, 'C', 'changed'));
    const after = await mirror.digests.digestRanges(ENTITY, ranges);
    expect(after.map((digest, index) => digest.xor === before[index]?.xor)).toEqual([true, false, true]);
    expect(after[0]).toEqual(before[0]);
  });
});
