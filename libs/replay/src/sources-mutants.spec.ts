import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { InMemorySeedTarget } from './in-memory-seed-target.js';
import type { SeedTarget } from './ports.js';
import type { SourceStage } from './source-ports.js';
import { playSources, type PlantedSources, type SourcesStep } from './sources-simulation.js';
import { takePage } from './take-page.js';

const step: fc.Arbitrary<SourcesStep> = fc.record({
  what: fc.oneof(
    { weight: 9, arbitrary: fc.constant('go' as const) },
    { weight: 6, arbitrary: fc.constantFrom('change', 'observe', 'publish' as const) },
    { weight: 3, arbitrary: fc.constantFrom('remove', 'repeat', 'wait', 'compact' as const) },
    { weight: 1, arbitrary: fc.constantFrom('erase', 'crash-before', 'crash-after' as const) },
  ),
  at: fc.nat(7),
});
const histories = fc.array(step, { maxLength: 80, size: 'max' });

/** What the topic told since the noted offset counts; of what it did not tell since, the sources' word. */
const keepsItsPromises = (planted: PlantedSources = {}): fc.IAsyncProperty<[SourcesStep[]]> =>
  fc.asyncProperty(histories, async (steps) => {
    expect(await playSources(steps, planted)).toEqual([]);
  });

/** The same stage, but for what is given. */
function changed(stage: SourceStage, part: Partial<SourceStage>): SourceStage {
  return new Proxy(stage, {
    get: (from, name) => {
      const owner = name in part ? part : from;
      const value: unknown = Reflect.get(owner, name);
      return typeof value === 'function' ? (value.bind(owner) as unknown) : value;
    },
  });
}

/** A target whose every row of the same or a lower sequence wins as well. */
function lastWins(target: InMemorySeedTarget, isOlderToo: boolean): SeedTarget {
  return {
    find: () => target.find(),
    prepare: (topic, from) => target.prepare(topic, from),
    apply: async (page, end) => {
      const { erased, rows, position } = takePage(page, target.positionOf(page.partition), end);
      for (const key of erased) target.rows.delete(key);
      for (const row of rows)
        if (isOlderToo || (target.rows.get(row.key)?.sequence ?? -1n) <= row.sequence) target.rows.set(row.key, row);
      target.positions.set(page.partition, position);
      return { rows: rows.length, position };
    },
  };
}

const MUTANTS: readonly (readonly [string, PlantedSources])[] = [
  [
    'notes the offsets after the scan',
    {
      stage: (stage, topic) => {
        let late: ReturnType<typeof topic.ranges> | null = null;
        const find: SourceStage['find'] = async () => {
          const staged = await stage.find();
          if (staged?.scans.some(({ isEnded }) => isEnded)) late ??= topic.ranges();
          return staged && late ? { ...staged, noted: { ...staged.noted, ranges: late } } : staged;
        };
        return changed(stage, { find });
      },
    },
  ],
  ['lets an older record of the topic win', { target: (target) => lastWins(target, true) }],
  [
    'lets what the topic said before the scan win',
    {
      target: (target) => lastWins(target, false),
      sourced: (sourced, topic) => ({ ...topic, given: () => sourced.given() }),
    },
  ],
  [
    'ranks what a source said above what the topic says next',
    {
      stage: (stage) =>
        changed(stage, {
          findRecords: async (...args) =>
            (await stage.findRecords(...args)).map((record) => ({
              ...record,
              event: { ...record.event, sequence: record.event.sequence + 1n },
            })),
        }),
    },
  ],
  ['forgets what is only in a source', { stage: (stage) => changed(stage, { findUntold: async () => [] }) }],
];

describe('a seed from a source under changes, crashes, repeats, compaction and drift', () => {
  test('has what the topic told since, and else what the source has', async () => {
    await fc.assert(keepsItsPromises(), { numRuns: 300 });
  }, 30_000);

  test.each(MUTANTS)(
    'the same property catches one that %s',
    async (_name, planted) => {
      const result = await fc.check(keepsItsPromises(planted), { numRuns: 2_000, seed: 1, endOnFailure: true });
      expect(result.failed).toBe(true);
    },
    30_000,
  );
});
