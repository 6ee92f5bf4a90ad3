import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Instant, SystemId } from '#kernel';
import { CONTRACT_LEASE_MS } from './replay-store.contract.js';
import type { SeedJobProgress, SeedJobStore, SeedOrder } from './seed-job-ports.js';

/** An empty store, and a way to let leases run out. */
export interface SeedJobStoreFixture {
  readonly store: SeedJobStore;
  /** Lets so much time pass for the store that every lease of `CONTRACT_LEASE_MS` is over. */
  expireLeases(): Promise<void>;
}

const PROGRESS: SeedJobProgress = {
  ...{ phase: 'reading', rowsPerSecond: 700, etaSeconds: null, unreadable: 1, compared: 0 },
  scans: [{ system: 'erp' as SystemId, pages: 2, records: 700, isEnded: false }],
  positions: [{ partition: 4, nextOffset: 9_007_199_254_740_993n, untilOffset: 9_007_199_254_740_995n }],
};
const DONE = { state: 'done', problem: null, certificate: 's1', progress: PROGRESS } as const;

function anOrder(id: string, table = 'product'): SeedOrder {
  return {
    ...{ id, entity: 'product', topic: 'golden.product.v1', actor: 'test' },
    destination: { kind: 'store', store: 'shop', table },
    shape: {
      where: [{ on: 'field', name: 'brand', test: 'equals', value: `it's ü\0\ud800` }],
      fields: ['brand'],
      asOf: '2026-11-23T04:05:06.123456Z' as Instant,
    },
    windows: [{ partition: 4, fromOffset: 3n, untilOffset: 9_007_199_254_740_993n }],
  };
}

/** What every {@link SeedJobStore} must do; `makeStore` gives one that is empty. */
export function testSeedJobStore(makeStore: () => Promise<SeedJobStoreFixture>): void {
  describe('store of seeds', () => {
    let fixture: SeedJobStoreFixture;
    let store: SeedJobStore;
    const claim = (id: string, owner: string) => store.claim(id, owner, CONTRACT_LEASE_MS);
    beforeEach(async () => {
      fixture = await makeStore();
      store = fixture.store;
    });

    test('keeps an order as it was given, to be run by the first who comes', async () => {
      await store.create(anOrder('s1'));
      const nothing = { state: 'running', problem: null, certificate: null, progress: null };
      expect(await store.find('s1')).toMatchObject({ ...anOrder('s1'), ...nothing });
      expect(await store.find('s2')).toBeNull();
      expect(await store.findAbandoned()).toEqual(['s1']);
    });

    test('refuses a second seed into a target until the first has ended', async () => {
      await store.create(anOrder('s1'));
      await store.create(anOrder('s2', 'other'));
      const busy = { code: 'HUB_SEED_BUSY', details: { id: 's1' } };
      await expect(store.create(anOrder('s3'))).rejects.toMatchObject(busy);
      expect(await store.abort('s1')).toBe(true);
      await store.create(anOrder('s3'));
      expect((await store.list(2)).map(({ id }) => id)).toEqual(['s3', 's2']);
    });

    test('a seed has one runner until its lease is over or given back', async () => {
      await store.create(anOrder('s1'));
      expect(await claim('s1', 'one')).toMatchObject({ kind: 'claimed', job: { id: 's1' } });
      expect(await claim('s1', 'two')).toEqual({ kind: 'busy' });
      expect(await store.findAbandoned()).toEqual([]);
      expect(await store.advance('s1', 'one', PROGRESS)).toBe('running');
      await store.end('s1', 'one', { state: 'running', problem: null, certificate: null, progress: null });
      expect(await store.findAbandoned()).toEqual(['s1']);
      expect(await claim('s1', 'two')).toMatchObject({ kind: 'claimed', job: { progress: PROGRESS } });
      await fixture.expireLeases();
      expect(await store.findAbandoned()).toEqual(['s1']);
      expect(await claim('s1', 'three')).toMatchObject({ kind: 'claimed' });
      expect(await claim('none', 'one')).toEqual({ kind: 'absent' });
    });

    test('who lost the lease writes nothing any more', async () => {
      await store.create(anOrder('s1'));
      await claim('s1', 'one');
      await fixture.expireLeases();
      await claim('s1', 'two');
      await expect(store.advance('s1', 'one', PROGRESS)).rejects.toMatchObject({ code: 'HUB_LEASE_LOST' });
      await store.end('s1', 'one', DONE);
      expect(await store.find('s1')).toMatchObject({ state: 'running', progress: null, certificate: null });
    });

    test('ends done with its certificate, or failed with a code; neither runs again', async () => {
      const problem = { code: 'HUB_SEED_UNPROVEN', reason: `it's ü\0` };
      await store.create(anOrder('s1'));
      await store.create(anOrder('s2', 'other'));
      for (const id of ['s1', 's2']) await claim(id, 'one');
      await store.end('s1', 'one', DONE);
      await store.end('s2', 'one', { state: 'failed', problem, certificate: null, progress: null });
      expect(await store.find('s1')).toMatchObject(DONE);
      expect(await store.find('s2')).toMatchObject({ state: 'failed', problem, progress: null });
      expect(await claim('s1', 'two')).toEqual({ kind: 'ended', state: 'done' });
      expect([await store.abort('s1'), await store.abort('s2'), await store.abort('none')]).toEqual([
        false,
        false,
        false,
      ]);
      expect(await store.findAbandoned()).toEqual([]);
    });

    test('an order to abort reaches the runner with its next word, and stands whatever it ends as', async () => {
      await store.create(anOrder('s1'));
      await claim('s1', 'one');
      expect(await store.abort('s1')).toBe(true);
      expect(await store.advance('s1', 'one', PROGRESS)).toBe('aborted');
      await store.end('s1', 'one', DONE);
      expect(await store.find('s1')).toMatchObject({ state: 'aborted', certificate: null, progress: PROGRESS });
    });
  });
}
