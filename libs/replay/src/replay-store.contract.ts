import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { ReplayOrder, ReplayStore } from './replay-ports.js';

/** An empty store, and a way to let leases run out. */
export interface ReplayStoreFixture {
  readonly store: ReplayStore;
  /** Lets so much time pass for the store that every lease of {@link CONTRACT_LEASE_MS} is over. */
  expireLeases(): Promise<void>;
  close(): Promise<void>;
}

/** Lease of the suite's runners, milliseconds. */
export const CONTRACT_LEASE_MS = 60_000;

function anOrder(id: string, topic = 'lane.shop.t'): ReplayOrder {
  return {
    ...{ id, source: 't', actor: 'test' },
    destination: { kind: 'lane', topic, group: 'shop', keepsPartitions: true },
    selection: {
      fromMs: 5,
      keys: ["it's ü"],
      where: [{ on: 'header', name: 'ce_type', test: 'matches', value: '^a+$' }],
    },
    pace: { perSecond: 100, rampMs: 2_000 },
    windows: [
      { partition: 0, fromOffset: 3n, untilOffset: 9_007_199_254_740_993n },
      { partition: 4, fromOffset: 0n, untilOffset: 10n },
    ],
  };
}

/** What every {@link ReplayStore} must do. */
export function testReplayStore(makeStore: () => Promise<ReplayStoreFixture>): void {
  describe('replay store', () => {
    let fixture: ReplayStoreFixture;
    let store: ReplayStore;
    const claim = (id: string, owner: string) => store.claim(id, owner, CONTRACT_LEASE_MS, 'command');
    const step = (fromOffset: bigint, nextOffset: bigint) => ({
      ...{ partition: 4, fromOffset, nextOffset },
      ...{ sent: Number(nextOffset - fromOffset), unreadable: 1 },
    });

    beforeEach(async () => {
      fixture = await makeStore();
      store = fixture.store;
    });
    afterEach(() => fixture.close());

    test('keeps an order as it was given, and begins at its windows', async () => {
      await store.create(anOrder('r1'));
      expect(await store.find('r1')).toMatchObject({
        ...anOrder('r1'),
        state: 'paused',
        problem: null,
        positions: [
          { partition: 0, nextOffset: 3n, sent: 0, unreadable: 0 },
          { partition: 4, nextOffset: 0n, sent: 0, unreadable: 0 },
        ],
      });
      expect(await store.find('r2')).toBeNull();
    });

    test('refuses a second replay into a target until the first has ended', async () => {
      await store.create(anOrder('r1'));
      await store.create(anOrder('r2', 'lane.other.t'));
      await expect(store.create(anOrder('r3'))).rejects.toMatchObject({
        code: 'HUB_REPLAY_BUSY',
        details: { id: 'r1' },
      });
      expect(await store.order('r1', 'aborted')).toBe(true);
      await store.create(anOrder('r3'));
      expect((await store.list(2)).map(({ id }) => id)).toEqual(['r3', 'r2']);
    });

    test('a replay has one runner until its lease is over or given back', async () => {
      await store.create(anOrder('r1'));
      expect(await claim('r1', 'one')).toMatchObject({ kind: 'claimed', job: { state: 'running' } });
      expect(await claim('r1', 'two')).toEqual({ kind: 'busy' });
      expect(await claim('r1', 'one')).toMatchObject({ kind: 'claimed' });
      await store.end('r1', 'one', { state: 'paused', problem: null });
      expect(await claim('r1', 'two')).toMatchObject({ kind: 'claimed' });
      expect(await claim('r9', 'two')).toEqual({ kind: 'absent' });
    });

    test('who lost the lease stores nothing and ends nothing', async () => {
      await store.create(anOrder('r1'));
      await claim('r1', 'one');
      await fixture.expireLeases();
      expect(await claim('r1', 'two')).toMatchObject({ kind: 'claimed' });
      await expect(store.advance('r1', 'one', step(0n, 5n))).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
      await store.end('r1', 'one', { state: 'done', problem: null });
      expect(await store.find('r1')).toMatchObject({ state: 'running', positions: [{}, { nextOffset: 0n, sent: 0 }] });
    });

    test('a step prolongs the lease, counts once, and never goes back', async () => {
      await store.create(anOrder('r1'));
      await claim('r1', 'one');
      expect(await store.advance('r1', 'one', step(0n, 5n))).toBe('running');
      expect(await store.advance('r1', 'one', step(0n, 5n))).toBe('running');
      expect(await store.advance('r1', 'one', step(0n, 2n))).toBe('running');
      expect(await store.advance('r1', 'one', null)).toBe('running');
      const positions = [{ nextOffset: 3n }, { nextOffset: 5n, sent: 5, unreadable: 1 }];
      expect(await store.find('r1')).toMatchObject({ positions });
    });

    test('an order to pause or abort is seen with the next step, which is stored', async () => {
      await store.create(anOrder('r1'));
      expect(await store.order('r1', 'paused')).toBe(false);
      await claim('r1', 'one');
      expect(await store.order('r1', 'paused')).toBe(true);
      expect(await store.advance('r1', 'one', step(0n, 5n))).toBe('paused');
      expect(await claim('r1', 'two')).toEqual({ kind: 'busy' });
      await store.end('r1', 'one', { state: 'failed', problem: 'x' });
      expect(await store.find('r1')).toMatchObject({ state: 'paused', problem: null });
      expect(await claim('r1', 'two')).toMatchObject({ kind: 'claimed', job: { positions: [{}, { nextOffset: 5n }] } });
      expect(await store.order('r1', 'aborted')).toBe(true);
      expect(await store.advance('r1', 'two', null)).toBe('aborted');
      await store.end('r1', 'two', { state: 'aborted', problem: null });
      expect(await claim('r1', 'two')).toEqual({ kind: 'ended', state: 'aborted' });
      expect(await store.order('r1', 'aborted')).toBe(false);
      expect(await store.order('r9', 'aborted')).toBe(false);
    });

    test('what the hub left running is found once its lease is over or given back; what a command left is not', async () => {
      const byHub = (id: string) => store.claim(id, 'one', CONTRACT_LEASE_MS, 'hub');
      for (const id of ['r1', 'r2', 'r3', 'r4']) await store.create(anOrder(id, `lane.${id}.t`));
      await claim('r1', 'one');
      for (const id of ['r2', 'r3', 'r4']) await byHub(id);
      await store.end('r2', 'one', { state: 'running', problem: null });
      expect(await store.find('r2')).toMatchObject({ state: 'running' });
      expect(await store.findAbandoned()).toEqual(['r2']);
      await store.order('r4', 'paused');
      await fixture.expireLeases();
      expect(await store.findAbandoned()).toEqual(['r2', 'r3']);
      await claim('r3', 'two');
      expect(await store.findAbandoned()).toEqual(['r2']);
    });

    test('a failed replay says why and can go on; a done one can not', async () => {
      await store.create(anOrder('r1'));
      await claim('r1', 'one');
      await store.end('r1', 'one', { state: 'failed', problem: 'HUB_X: why' });
      expect(await store.find('r1')).toMatchObject({ state: 'failed', problem: 'HUB_X: why' });
      expect(await claim('r1', 'two')).toMatchObject({ kind: 'claimed', job: { state: 'running', problem: null } });
      await store.end('r1', 'two', { state: 'done', problem: null });
      expect(await claim('r1', 'two')).toEqual({ kind: 'ended', state: 'done' });
    });
  });
}
