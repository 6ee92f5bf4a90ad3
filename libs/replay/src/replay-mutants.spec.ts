import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ReplayPage, ReplayRecord, ReplaySource, ReplayStep } from './replay-ports.js';
import { playReplay, type PlantedReplay, type ReplayStepOfWorld } from './replay-simulation.js';

const step: fc.Arbitrary<ReplayStepOfWorld> = fc.record({
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant('go' as const) },
    { weight: 3, arbitrary: fc.constantFrom('wait', 'pause', 'append' as const) },
    { weight: 2, arbitrary: fc.constantFrom('fail-before', 'fail-after', 'crash', 'freeze', 'start' as const) },
  ),
  at: fc.nat(9),
});
const histories = fc.array(step, { maxLength: 60, size: 'max' });

/** Complete, nothing else, first occurrences in order per key, nothing that was stored as sent is repeated or missing. */
const keepsItsPromises = (planted: PlantedReplay = {}): fc.IAsyncProperty<[ReplayStepOfWorld[]]> =>
  fc.asyncProperty(histories, async (steps) => {
    expect(await playReplay(steps, planted)).toEqual([]);
  });

const onEachPage =
  (change: (page: ReplayPage) => ReplayPage): NonNullable<PlantedReplay['source']> =>
  (source: ReplaySource) => ({
    ...source,
    read: (windows, onPage, signal) => source.read(windows, (page) => onPage(change(page)), signal),
  });
const withStep = (change: (step: ReplayStep) => ReplayStep): NonNullable<PlantedReplay['store']> => {
  return (store) => ({
    ...delegated(store),
    advance: (id, owner, made) => store.advance(id, owner, made && change(made)),
  });
};
const delegated = (store: Parameters<NonNullable<PlantedReplay['store']>>[0]): typeof store => ({
  create: (order) => store.create(order),
  find: (id) => store.find(id),
  list: (limit) => store.list(limit),
  claim: (...given) => store.claim(...given),
  findAbandoned: () => store.findAbandoned(),
  advance: (...given) => store.advance(...given),
  end: (...given) => store.end(...given),
  order: (...given) => store.order(...given),
});

const MUTANTS: readonly (readonly [string, PlantedReplay])[] = [
  [
    'stores the position before the broker has the messages',
    {
      target: (target) => ({
        send: async (records) => {
          void target.send(records).catch(() => undefined);
        },
      }),
    },
  ],
  [
    'passes over messages that could not be sent',
    { target: (target) => ({ send: (records) => target.send(records).catch(() => undefined) }) },
  ],
  [
    'loses its position',
    {
      store: (store) => ({
        ...delegated(store),
        claim: async (id, owner, leaseMs, runner) => {
          const claim = await store.claim(id, owner, leaseMs, runner);
          if (claim.kind !== 'claimed') return claim;
          const forgotten = claim.job.positions.map((position) => ({ ...position, nextOffset: position.fromOffset }));
          return { kind: 'claimed', job: { ...claim.job, positions: forgotten } };
        },
      }),
    },
  ],
  [
    'goes on from what it remembers and not from what is stored',
    {
      store: (store) => ({ ...delegated(store), find: () => Promise.resolve(null) }),
      source: (source) => ({
        ...source,
        read: (windows, onPage, signal) =>
          source.read(
            windows.map((window) => ({ ...window, fromOffset: 0n })),
            (page) => onPage({ ...page, fromOffset: 0n }),
            signal,
          ),
      }),
    },
  ],
  [
    'stores a position beyond what it sent',
    { store: withStep((made) => ({ ...made, nextOffset: made.nextOffset + 1n })) },
  ],
  [
    'spreads a key over the partitions of the lane',
    {
      target: (target) => ({
        send: (records) => target.send(records.map((record, at) => ({ ...record, partition: at % 2 }))),
      }),
    },
  ],
  [
    'sends the messages of a chunk in any order',
    { target: (target) => ({ send: (records: readonly ReplayRecord[]) => target.send(records.toReversed()) }) },
  ],
  [
    'sends the messages of a chunk one by one, and not what follows a failure',
    {
      target: (target) => ({
        send: async (records) => {
          const answers = await Promise.allSettled(records.map((record) => target.send([record])));
          if (answers.every(({ status }) => status === 'rejected')) throw (answers[0] as PromiseRejectedResult).reason;
        },
      }),
    },
  ],
  [
    'takes the page for whole when its last message is missing',
    { source: onEachPage((page) => ({ ...page, messages: page.messages.slice(0, 1) })) },
  ],
  [
    'reads on behind the end of its window',
    {
      source: (source) => ({
        ...source,
        read: (windows, onPage, signal) =>
          source.read(
            windows.map((window) => ({ ...window, untilOffset: window.untilOffset + 3n })),
            onPage,
            signal,
          ),
      }),
    },
  ],
  [
    'lets who lost the lease go on',
    {
      store: (store) => ({
        ...delegated(store),
        advance: async (id, owner, made) => {
          try {
            return await store.advance(id, owner, made);
          } catch {
            return 'running' as const;
          }
        },
      }),
    },
  ],
];

describe('a replay under crashes, frozen runners, pauses and failures', () => {
  test('is complete and in order', async () => {
    await fc.assert(keepsItsPromises(), { numRuns: 300 });
  }, 60_000);

  test.each(MUTANTS)(
    'the same property catches one that %s',
    async (_name, planted) => {
      const result = await fc.check(keepsItsPromises(planted), { numRuns: 2_000, seed: 1, endOnFailure: true });
      expect(result.failed).toBe(true);
    },
    60_000,
  );
});
