import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OutboxRow, OutboxStore } from './ports.js';
import { playRelays, type Planted, type Scenario } from './relay-simulation.js';

const faults = fc.record({
  kind: fc.constantFrom('none', 'none', 'fail-before', 'fail-midway', 'fail-after', 'crash-before', 'crash-after'),
  delayMs: fc.constantFrom(0, 0, 0, 10, 400, 3_000, 8_000),
} as const);
const commits = fc.record({ key: fc.constantFrom('a', 'b', 'c'), commitMs: fc.constantFrom(0, 0, 15, 200, 2_000) });
const scenarios: fc.Arbitrary<Scenario> = fc.record({
  commits: fc.array(commits, { minLength: 1, maxLength: 12 }),
  faults: fc.array(faults, { maxLength: 25 }),
});

/** No row lost, first occurrences of a key in commit order, no publish and no removal without the lease. */
const keepsItsPromises = (planted: Planted = {}): fc.IAsyncProperty<[Scenario]> =>
  fc.asyncProperty(scenarios, async (scenario) => {
    expect(await playRelays(scenario, planted)).toEqual([]);
  });

/** A store in which some methods are replaced. */
function storeWith(
  replaced: (store: Parameters<NonNullable<Planted['store']>>[0]) => Partial<OutboxStore>,
): Planted['store'] {
  return (store) => ({
    shards: 1,
    acquire: (shard, owner, ttlMs) => store.acquire(shard, owner, ttlMs),
    release: (lease) => store.release(lease),
    findPending: (lease, limit) => store.findPending(lease, limit),
    markSent: (lease, sequences) => store.markSent(lease, sequences),
    findBacklog: () => store.findBacklog(),
    ...replaced(store),
  });
}

const marksBeforePublishing = storeWith((store) => ({
  findPending: async (lease, limit) => {
    const rows = await store.findPending(lease, limit);
    store.remove(rows.map((row) => row.sequence));
    return rows;
  },
}));

const readsBehindCursor = storeWith((store) => {
  let last = 0n;
  return {
    findPending: async (lease, limit) => {
      const rows = await store.findPending(lease, 1000);
      return rows.filter((row) => row.sequence > last).slice(0, limit);
    },
    markSent: async (lease, sequences) => {
      await store.markSent(lease, sequences);
      last = sequences.at(-1) ?? last;
    },
  };
});

const removesWithoutLease = storeWith((store) => ({
  markSent: async (_lease, sequences) => store.remove(sequences),
}));

const readsNewestFirst = storeWith((store) => ({
  findPending: async (lease, limit) => (await store.findPending(lease, 1000)).reverse().slice(0, limit),
}));

const skipsFailedRows: Planted['publisher'] = (publisher) => ({
  publish: (rows: readonly OutboxRow[]) => publisher.publish(rows).catch(() => undefined),
});

const MUTANTS: readonly (readonly [string, Planted])[] = [
  ['removes rows before they are published', { store: marksBeforePublishing! }],
  ['reads by a cursor, id > last', { store: readsBehindCursor! }],
  ['removes rows without checking the epoch', { store: removesWithoutLease! }],
  ['reads the newest rows first', { store: readsNewestFirst! }],
  ['skips rows that failed', { publisher: skipsFailedRows }],
  [
    'trusts its lease without a clock',
    { clock: (clock) => ({ nowMs: () => 0, sleep: (ms, signal) => clock.sleep(ms, signal) }) },
  ],
];

describe('outbox relay under faults', () => {
  test('loses nothing and keeps the order of each key', async () => {
    await fc.assert(keepsItsPromises(), { numRuns: 150 });
  });

  test.each(MUTANTS)('the same property catches a relay that %s', async (_name, planted) => {
    const result = await fc.check(keepsItsPromises(planted), { numRuns: 2_000, seed: 1, endOnFailure: true });
    expect(result.failed).toBe(true);
  });
});
