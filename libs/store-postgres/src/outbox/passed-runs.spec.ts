import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PassedRuns, type NumberRange } from './passed-runs.js';

const END = 60;
const numbers = fc.uniqueArray(fc.integer({ min: 1, max: END - 1 }), { maxLength: 50 });
const histories = fc.record({
  removed: fc.array(numbers, { maxLength: 6 }),
  inFlight: numbers,
  floor: fc.integer({ min: 0, max: 30 }),
  most: fc.integer({ min: 1, max: 6 }),
});
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

const toBigints = (values: readonly number[]): bigint[] => values.map(BigInt);

function contains({ after, before }: NumberRange, number: number): boolean {
  return number > after && number < (before ?? END);
}

/** What a reading of the ranges would look at, in its order. */
function lookedAt(ranges: readonly NumberRange[]): number[] {
  const all = Array.from({ length: END }, (_, number) => number);
  return ranges.flatMap((range) => all.filter((number) => contains(range, number)));
}

function rangesOf({ removed, inFlight, floor, most }: History): readonly NumberRange[] {
  const passed = new PassedRuns();
  for (const page of removed) passed.add(toBigints(page));
  return passed.rangesAbove(BigInt(floor), toBigints(inFlight), most);
}

/** Looks at every number that is neither removed nor in flight, each once, ascending; with room for all ranges, at no other. */
const looksAtTheRest = (toRanges: typeof rangesOf) =>
  fc.property(histories, (history) => {
    const ranges = toRanges(history);
    const known = new Set([...history.removed.flat(), ...history.inFlight]);
    const seen = lookedAt(ranges);
    const rest = lookedAt([{ after: BigInt(history.floor), before: null }]).filter((number) => !known.has(number));
    expect(seen).toEqual([...new Set(seen)].sort((left, right) => left - right));
    expect(seen.filter((number) => !known.has(number))).toEqual(rest);
    expect(ranges.length).toBeLessThanOrEqual(history.most);
    expect(lookedAt(toRanges({ ...history, most: END }))).toEqual(rest);
  });

const MUTANTS: readonly (readonly [string, typeof rangesOf])[] = [
  [
    'reads on behind the highest number that it knows',
    (history) => [
      { after: BigInt(Math.max(history.floor, ...history.removed.flat(), ...history.inFlight)), before: null },
    ],
  ],
  ['forgets what is in flight', (history) => rangesOf({ ...history, inFlight: [] })],
  [
    'drops the lowest ranges where there are too many',
    (history) => rangesOf({ ...history, most: END }).slice(-history.most),
  ],
  ['reads from the begin', (history) => rangesOf({ ...history, floor: 0 })],
];

describe('numbers that need not be looked at again', () => {
  test('leave out removed rows and rows in flight, and nothing else', () => {
    fc.assert(looksAtTheRest(rangesOf), { numRuns: 2_000 });
  });

  test.each(MUTANTS)('the same property catches one that %s', (_name, mutant) => {
    expect(fc.check(looksAtTheRest(mutant), { numRuns: 2_000, seed: 1 }).failed).toBe(true);
  });

  test('a long history is forgotten from below, which only costs reading', () => {
    const passed = new PassedRuns();
    passed.add(Array.from({ length: 1_000 }, (_, index) => BigInt(2 * index + 2)));
    expect(passed.rangesAbove(0n, [], 3)).toEqual([
      { after: 0n, before: 1_998n },
      { after: 1_998n, before: 2_000n },
      { after: 2_000n, before: null },
    ]);
  });
});
