import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toHubError } from '#kernel';
import { passingStore } from './passing-store.js';
import type { OutboxRow, OutboxStore } from './ports.js';
import { playRelays, type Fault, type Planted, type Scenario } from './relay-simulation.js';

const faults: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom('none', 'none', 'fail-before', 'fail-midway', 'fail-after', 'crash-before', 'crash-after'),
  delayMs: fc.constantFrom(0, 0, 0, 10, 400, 3_000, 8_000),
} as const);
const commits = fc.record({
  key: fc.constantFrom('a', 'b', 'c'),
  commitMs: fc.constantFrom(0, 0, 15, 200, 2_000),
  gapMs: fc.constantFrom(0, 0, 5, 5, 50),
});
/** Faults so rare that several pages come to be in flight. */
const QUIET = Array.from({ length: 12 }, () => 'none' as const);
/** Calls that take time, but never a lease's: under these a key must end with its newest row. */
const timely: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom(...QUIET, 'fail-before', 'fail-before', 'fail-midway', 'fail-after', 'crash-after'),
  delayMs: fc.constantFrom(0, 10, 10, 50, 400),
} as const);
const slow: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constant('none'),
  delayMs: fc.constantFrom(0, 10, 50, 400),
} as const);
/** Calls, renewals among them, of which some outlast the lease. */
const sluggish: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constant('none'),
  delayMs: fc.constantFrom(0, 0, 400, 8_000),
} as const);
const anyhow: fc.Arbitrary<Scenario> = fc.record({
  commits: fc.array(commits, { minLength: 1, maxLength: 24 }),
  faults: fc.oneof(...[faults, timely, slow, sluggish].map((fault) => fc.array(fault, { maxLength: 40 }))),
});
/** Several full pages wait from the begin. */
const backlog: fc.Arbitrary<Scenario> = fc.record({
  commits: fc.array(fc.record({ key: fc.constantFrom('a', 'b'), commitMs: fc.constant(0), gapMs: fc.constant(0) }), {
    minLength: 6,
    maxLength: 20,
  }),
  faults: fc.array(timely, { maxLength: 20 }),
});
const scenarios = fc.oneof(anyhow, anyhow, backlog);

/**
 * No row lost, first occurrences of a key in commit order, no publish and no removal without the lease; nothing stale at
 * the end and nothing repeated where the faults allow to ask for it.
 */
const keepsItsPromises = (planted: Planted = {}): fc.IAsyncProperty<[Scenario]> =>
  fc.asyncProperty(scenarios, async (scenario) => {
    expect(await playRelays(scenario, planted)).toEqual([]);
  });

/** A store in which some methods are replaced. */
function storeWith(
  replaced: (store: Parameters<NonNullable<Planted['store']>>[0]) => Partial<OutboxStore>,
): NonNullable<Planted['store']> {
  return (store) => passingStore(store, replaced(store));
}

const marksBeforePublishing = storeWith((store) => ({
  findPending: async (lease, limit, except) => {
    const rows = await store.findPending(lease, limit, except);
    store.remove(rows.map((row) => row.sequence));
    return rows;
  },
}));

const readsBehindCursor = storeWith((store) => {
  let last = 0n;
  return {
    findPending: async (lease, limit, except) => {
      const rows = await store.findPending(lease, 1000, except);
      return rows.filter((row) => row.sequence > last).slice(0, limit);
    },
    markSent: async (lease, sequences, parked) => {
      await store.markSent(lease, sequences, parked);
      last = sequences.at(-1) ?? last;
    },
  };
});

const removesWithoutLease = storeWith((store) => ({
  markSent: async (_lease, sequences) => store.remove(sequences),
}));

const readsNewestFirst = storeWith((store) => ({
  findPending: async (lease, limit, except) => (await store.findPending(lease, 1000, except)).reverse().slice(0, limit),
}));

const skipsFailedRows: Planted['publisher'] = (publisher) => ({
  publish: (rows: readonly OutboxRow[]) => publisher.publish(rows).catch(() => undefined),
});

const readsWhatIsInFlight = storeWith((store) => ({
  findPending: (lease, limit) => store.findPending(lease, limit, []),
}));

/** The next page begins behind the pages in flight, so that a row that became visible late below them waits. */
const readsBehindPagesInFlight = storeWith((store) => ({
  findPending: async (lease, limit, except) => {
    const rows = await store.findPending(lease, 1000, except);
    return rows.filter((row) => row.sequence > (except.at(-1) ?? 0n)).slice(0, limit);
  },
}));

/** The rows of a failed page stay, but the page that was read meanwhile is published all the same. */
const passesFailedPage = (): Planted => {
  const failed = new Set<bigint>();
  return {
    store: storeWith((store) => ({
      markSent: (lease, sequences, parked) =>
        store.markSent(
          lease,
          sequences.filter((sequence) => !failed.has(sequence)),
          parked,
        ),
    })),
    publisher: (publisher) => ({
      publish: async (rows: readonly OutboxRow[]) => {
        const fail = (): void => rows.forEach((row) => failed.add(row.sequence));
        await publisher.publish(rows).then(() => rows.forEach((row) => failed.delete(row.sequence)), fail);
      },
    }),
  };
};

/** A page is removed although the removal of the one before failed. */
const removesPastFailedRemoval: Planted['seenStore'] = (store) => ({
  ...passingStore(store),
  markSent: (lease, sequences, parked) =>
    store.markSent(lease, sequences, parked).catch((error: unknown) => {
      if (toHubError(error).code === 'HUB_LEASE_LOST') throw error;
    }),
});

const MUTANTS: readonly (readonly [string, Planted])[] = [
  ['removes rows before they are published', { store: marksBeforePublishing }],
  ['reads by a cursor, id > last', { store: readsBehindCursor }],
  ['removes rows without checking the epoch', { store: removesWithoutLease }],
  ['reads the newest rows first', { store: readsNewestFirst }],
  ['skips rows that failed', { publisher: skipsFailedRows }],
  ['reads again what is in flight', { store: readsWhatIsInFlight }],
  ['reads on behind the pages in flight', { store: readsBehindPagesInFlight }],
  ['publishes the next page after one that failed', passesFailedPage()],
  ['removes a page whose predecessor could not be removed', { seenStore: removesPastFailedRemoval }],
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
