import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { LockedRow, MirrorRow } from '#mirror';
import { PostgresMirrorStore } from '#store-postgres';
import { aRow, change, ENTITY, ME, MirrorFixture } from './host-fixture.js';

const INTENT: NonNullable<MirrorRow['intent']> = {
  id: 'i-1',
  operation: 'update',
  fields: { brand: 'hub' },
  goldenVersion: 7n,
  expectedVersion: '1',
  openedAtMs: 1_000,
};

describe('rows that a writer locks again', () => {
  let mirror: MirrorFixture;
  let elsewhere: PostgresMirrorStore;
  beforeAll(async () => {
    mirror = await MirrorFixture.create();
    elsewhere = new PostgresMirrorStore(mirror.database);
  }, 60_000);
  beforeEach(() => mirror.clear());
  afterAll(() => mirror.drop());

  const lockByKey = async (store: PostgresMirrorStore, key: string): Promise<LockedRow> => {
    const selector = { keys: [aRow(key).key] };
    const [row] = await store.transaction((tx) => tx.lockRows(ENTITY, selector, null, ME));
    return row as LockedRow;
  };
  const lockById = async (id: bigint): Promise<LockedRow> => {
    const ticket = await mirror.store.drawTicket();
    const [row] = await mirror.store.transaction((tx) => tx.lockRows(ENTITY, { ids: [id] }, ticket, ME));
    return row as LockedRow;
  };
  /** Opens an intent, as a writer does before it writes. */
  const openIntent = async (key: string): Promise<{ readonly id: bigint; readonly row: MirrorRow }> => {
    await mirror.insert(aRow(key));
    const { id, row: before } = await lockByKey(mirror.store, key);
    const row = { ...before, intent: INTENT };
    await mirror.store.transaction((tx) => tx.save([change(row, { id, before })]));
    return { id, row };
  };

  test('an untouched one comes from memory, the very object that was stored', async () => {
    const { id, row } = await openIntent('K');
    expect((await lockById(id)).row).toBe(row);
  });

  test('it is found once: what is locked again later is read', async () => {
    const { id, row } = await openIntent('K');
    await lockById(id);
    const again = await lockById(id);
    expect(again.row).not.toBe(row);
    expect(again.row).toEqual(row);
  });

  test('one that another process stored since is read whole', async () => {
    const { id, row: before } = await openIntent('K');
    const row = { ...before, parked: 'elsewhere' };
    await elsewhere.transaction((tx) => tx.save([change(row, { id, before, moves: false })]));
    expect((await lockById(id)).row).toEqual(row);
  });

  test('one that another process is about to store is waited for, and read whole', async () => {
    const { id, row: before } = await openIntent('K');
    const row = { ...before, parked: 'elsewhere' };
    let locked: Promise<LockedRow> | null = null;
    await elsewhere.transaction(async (tx) => {
      await tx.save([change(row, { id, before, moves: false })]);
      locked = lockById(id);
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    expect((await (locked as unknown as Promise<LockedRow>)).row).toEqual(row);
  });

  test('what a rolled back transaction meant to store is not believed', async () => {
    await mirror.insert(aRow('K'));
    const { id, row: before } = await lockByKey(mirror.store, 'K');
    const failing = mirror.store.transaction(async (tx) => {
      await tx.save([change({ ...before, intent: INTENT }, { id, before })]);
      throw new Error('rolled back');
    });
    await expect(failing).rejects.toThrow('rolled back');
    expect((await lockById(id)).row).toEqual(before);
  });
});
