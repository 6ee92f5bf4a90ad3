import { recordDigest } from '#canonical';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareRanges, type IdRange } from './compare-ranges.js';
import { descend, type DescentOptions } from './descend.js';
import { compareBytes, holds, InMemorySide, type Holds, type SideRecords } from './digest-sides.js';
import { rangesBetween } from './range-plan.js';
import { FakeClock } from './round-builders.js';

/** Two sides, the ids that were planted as different, and boundaries from some earlier run. */
interface World {
  readonly ours: SideRecords;
  readonly theirs: SideRecords;
  readonly planted: ReadonlySet<string>;
  readonly boundaries: readonly string[];
}

/** Pieces of a descent that a mutant replaces. */
interface Rules {
  readonly rangesBetween: (boundaries: readonly string[]) => readonly IdRange[];
  readonly compareRanges: typeof compareRanges;
  readonly ourHolds: Holds;
  readonly theirHolds: Holds;
}

const RULES: Rules = { rangesBetween, compareRanges, ourHolds: holds, theirHolds: holds };
const KINDS = ['changed', 'missing', 'extra', 'twins', 'unknown'] as const;

/** Dense numbers, a few prefixes, anything at all: also beyond U+FFFF, where JavaScript's order is not that of bytes. */
const id = fc.oneof(
  fc.nat({ max: 60 }).map((number) => `P-${String(number).padStart(4, '0')}`),
  fc.string({ unit: fc.constantFrom('a', 'B', '~', '\u{1f600}', '\uffee', 'é'), minLength: 1, maxLength: 3 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
);
const world: fc.Arbitrary<World> = fc
  .record({
    ids: fc.uniqueArray(id, { maxLength: 60 }),
    foreign: fc.uniqueArray(id, { maxLength: 6 }),
    drift: fc.array(fc.tuple(fc.nat(), fc.constantFrom(...KINDS)), { maxLength: 6 }),
    cuts: fc.array(fc.nat(), { maxLength: 12 }),
    strays: fc.array(id, { maxLength: 3 }),
  })
  .map(({ ids, foreign, drift, cuts, strays }) => plant({ ids, foreign, drift, cuts, strays }));

interface Seeds {
  readonly ids: readonly string[];
  /** Ids that only the system may hold. */
  readonly foreign: readonly string[];
  readonly drift: readonly (readonly [number, (typeof KINDS)[number]])[];
  readonly cuts: readonly number[];
  /** Boundaries that are nobody's id any more. */
  readonly strays: readonly string[];
}

function plant({ ids, foreign, drift, cuts, strays }: Seeds): World {
  const sorted = [...ids].sort(compareBytes);
  const ours = new Map<string, string | null>(sorted.map((one) => [one, digestOf(one)]));
  const sides = { ours, theirs: new Map(ours), planted: new Set<string>() };
  for (const [place, kind] of drift)
    plantOne(sides, kind, {
      one: sorted[place % sorted.length],
      next: sorted[(place % sorted.length) + 1],
      extra: foreign[place % foreign.length],
    });
  const inside = cuts.map((cut) => sorted[cut % sorted.length]).filter((cut) => cut !== undefined);
  return { ...sides, boundaries: [...new Set([...inside, ...strays])].sort(compareBytes) };
}

interface Sides {
  readonly ours: Map<string, string | null>;
  readonly theirs: Map<string, string | null>;
  readonly planted: Set<string>;
}

interface Target {
  readonly one: string | undefined;
  /** Its neighbour. */
  readonly next: string | undefined;
  readonly extra: string | undefined;
}

/** Each record differs in one way at most. */
function plantOne(sides: Sides, kind: (typeof KINDS)[number], { one, next, extra }: Target): void {
  const { ours, theirs, planted } = sides;
  const isFree = (id: string | undefined): id is string => id !== undefined && !planted.has(id);
  const targets = { changed: [one], missing: [one], unknown: [one], twins: [one, next], extra: [extra] }[kind];
  if (!targets.every(isFree) || (kind === 'extra' && ours.has(extra ?? ''))) return;
  for (const id of targets.filter(isFree)) {
    planted.add(id);
    const before = ours.get(id) ?? digestOf(id);
    if (kind === 'missing') theirs.delete(id);
    // a row that the hub wrote and did not read again has no digest: it has to be looked at
    else if (kind === 'unknown') ours.set(id, null);
    // the same bits change in two neighbours: an XOR cancels; a sum only where all of them are opposite, of 46 bits: one case in 2^46
    else theirs.set(id, { changed: digestOf(`${id}'`), twins: flipped(before), extra: before }[kind]);
  }
}

function digestOf(value: string): string {
  return recordDigest({}, { value });
}

function flipped(digest: string): string {
  return (BigInt(`0x${digest}`) ^ 0xf0ff_f0ff_1ff4_ff0fn).toString(16).padStart(16, '0');
}

async function find(world: World, rules: Rules, more: Partial<DescentOptions> = {}) {
  const [ours, theirs] = [
    new InMemorySide(world.ours, rules.ourHolds),
    new InMemorySide(world.theirs, rules.theirHolds),
  ];
  const options = { ours, theirs, clock: new FakeClock(), compareRanges: rules.compareRanges, ...more };
  const descent = await descend(rules.rangesBetween(world.boundaries), options);
  return { ...descent, ours, theirs };
}

async function isExact(world: World, rules: Rules): Promise<boolean> {
  const { candidates, scanned } = await find(world, rules);
  const isComplete = candidates.length === world.planted.size && candidates.every((one) => world.planted.has(one));
  return isComplete && scanned === world.theirs.size;
}

const MUTANTS: Readonly<Record<string, Partial<Rules>>> = {
  'compare the XOR only': {
    compareRanges: (ranges, ours, theirs) => ranges.filter((_, index) => ours[index]?.xor !== theirs[index]?.xor),
  },
  'compare the count only': {
    compareRanges: (ranges, ours, theirs) => ranges.filter((_, index) => ours[index]?.count !== theirs[index]?.count),
  },
  'the system begins a range one record too early': {
    theirHolds: (range, one) => holds(range, one) || one === range.from,
  },
  'the system ends a range one record too early': {
    theirHolds: (range, one) => holds(range, one) && one !== range.to,
  },
  'both sides end a range one record too early': {
    ourHolds: (range, one) => holds(range, one) && one !== range.to,
    theirHolds: (range, one) => holds(range, one) && one !== range.to,
  },
  'the last range is closed': {
    rangesBetween: (boundaries) => rangesBetween(boundaries).filter(({ to }) => to !== null),
  },
  'the first range is closed': {
    rangesBetween: (boundaries) => rangesBetween(boundaries).filter(({ from }) => from !== null),
  },
  'the last range is open at both ends': {
    rangesBetween: (boundaries) =>
      rangesBetween(boundaries).map((range) => (range.to === null ? { from: null, to: null } : range)),
  },
  'one side compares ids as JavaScript does': {
    theirHolds: ({ from, to }, one) => (from === null || one > from) && (to === null || one <= to),
  },
};

describe('a descent over digests', () => {
  test('finds exactly the planted differences, whatever keys, drift and kept boundaries', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        const { candidates, scanned } = await find(given, RULES);
        expect([...candidates].sort()).toEqual([...given.planted].sort());
        expect(scanned).toBe(given.theirs.size);
      }),
      { numRuns: 1_000 },
    );
  });

  test('reads the records of dirty ranges only', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `P-${String(index).padStart(3, '0')}`);
    const given = plant({ ids, foreign: [], drift: [[150, 'changed']], cuts: [], strays: [] });
    const boundaries = ids.filter((_, index) => index % 30 === 29);
    const found = await find({ ...given, boundaries }, RULES);
    expect(found).toMatchObject({ candidates: ['P-150'], dirtyRanges: 1, largestRange: 30 });
    expect([found.theirs.rangesAsked, found.theirs.keysAnswered]).toEqual([11, 30]);
  });

  test('asks a system that needs a pass for each answer once', async () => {
    const ids = Array.from({ length: 300 }, (_, index) => `P-${index}`).sort();
    const given = plant({ ids, foreign: [], drift: [[7, 'missing']], cuts: ids.map((_, index) => index), strays: [] });
    let calls = 0;
    const side = new InMemorySide(given.theirs);
    const theirs: DescentOptions['theirs'] = {
      digestRanges: (ranges) => ((calls += 1), side.digestRanges(ranges)),
      findKeyDigests: (ranges) => ((calls += 1), side.findKeyDigests(ranges)),
    };
    const found = await find(given, RULES, { theirs, atOnce: true, sizes: { ...SIZES, largest: 16 } });
    expect([found.candidates, calls]).toEqual([[...given.planted], 2]);
  });

  test('passes an error of a side on', async () => {
    const given = plant({ ids: ['a'], foreign: [], drift: [], cuts: [], strays: [] });
    const theirs = { digestRanges: async () => [], findKeyDigests: async () => [] };
    await expect(find(given, RULES, { theirs })).rejects.toMatchObject({ code: 'HUB_SCAN_INCOMPLETE' });
  });

  for (const [name, change] of Object.entries(MUTANTS))
    test(`catches the mutant: ${name}`, async () => {
      const worlds = fc.sample(world, { numRuns: 1_000, seed: 20261126 });
      let wrong = 0;
      for (const given of worlds) if (!(await isExact(given, { ...RULES, ...change }))) wrong += 1;
      expect(wrong).toBeGreaterThan(0);
    });
});

const SIZES = { targetMs: 500, first: 4, smallest: 1, largest: 64 };
