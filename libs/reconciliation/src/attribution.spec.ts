import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ATTRIBUTION_RULE, findOverRepresented, type FacetCount, type Lift } from './attribution.js';
import { wilsonInterval } from './wilson.js';

const aCount = (change: Partial<FacetCount>): FacetCount => ({
  ...{ facet: 'brand', value: 'X', drift: 98, driftOf: 100, base: 300, baseOf: 10_000, isSample: false },
  ...change,
});

/** Uniform in [0, 1); the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const BRANDS = 40;
/** Brands of unequal share, as shops have them. */
const brandOf = (random: () => number): number => Math.floor(BRANDS * random() * random());

/** Records of some brands, of which `drifting` drift: at random, or a share of them of brand 7 only. */
function world(seed: number, { drifting, planted }: { drifting: number; planted: number }): FacetCount[] {
  const random = seeded(seed);
  const base = Array<number>(BRANDS).fill(0);
  const drift = Array<number>(BRANDS).fill(0);
  const add = (to: number[], at: number): void => void (to[at] = (to[at] ?? 0) + 1);
  for (let index = 0; index < 10_000; index += 1) add(base, brandOf(random));
  for (let index = 0; index < drifting; index += 1) add(drift, random() < planted ? 7 : brandOf(random));
  return drift.map((count, brand) =>
    aCount({ value: `b${brand}`, drift: count, driftOf: drifting, base: base[brand] ?? 0, isSample: true }),
  );
}

const RANDOM_WORLDS = Array.from({ length: 200 }, (_, seed) =>
  world(seed + 1, { drifting: 20 + seed * 5, planted: 0 }),
);
const falseAlarms = (find: (counts: FacetCount[]) => readonly unknown[]): number =>
  RANDOM_WORLDS.filter((counts) => find(counts).length > 0).length;

describe('what is over-represented among drift', () => {
  test('98 % of changed records have a brand that 3 % of all have', () => {
    const [found] = findOverRepresented([aCount({})]);
    expect(found).toMatchObject({ value: 'X', driftShare: 0.98, baseShare: 0.03 });
    expect(found?.lift).toBeCloseTo(32.67, 2);
    expect(found?.liftAtLeast).toBeGreaterThan(25);
    expect(found?.liftAtLeast).toBeLessThan(found?.lift ?? 0);
  });

  test('drift that falls at random is told at most as often as the rule allows', () => {
    expect(falseAlarms((counts) => findOverRepresented(counts))).toBeLessThanOrEqual(2);
  });

  test('a planted brand is found first, from 30 drifting records on', () => {
    for (let seed = 1; seed <= 30; seed += 1)
      for (const drifting of [30, 300])
        expect(findOverRepresented(world(seed, { drifting, planted: 0.6 }))[0]?.value).toBe('b7');
  });

  const counts = fc
    .array(
      fc.record({
        value: fc.string({ maxLength: 4 }),
        drift: fc.nat(200),
        more: fc.nat(300),
        base: fc.nat(5_000),
        others: fc.nat(20_000),
        isSample: fc.boolean(),
      }),
      { maxLength: 30 },
    )
    .map((rows) =>
      rows.map(({ value, drift, more, base, others, isSample }) =>
        aCount({ value, drift, driftOf: Math.max(1, drift + more), base, baseOf: base + others + 1, isSample }),
      ),
    );
  const everyFinding = (check: (found: FacetCount & Lift) => void): void =>
    fc.assert(fc.property(counts, (some) => findOverRepresented(some).forEach(check)));

  test('no bound is above its lift, and no finding is below the rule', () => {
    everyFinding(({ drift, lift, liftAtLeast, driftShare, baseShare }) => {
      expect(drift).toBeGreaterThanOrEqual(ATTRIBUTION_RULE.minDrift);
      expect(liftAtLeast).toBeGreaterThanOrEqual(ATTRIBUTION_RULE.minLift);
      expect(liftAtLeast).toBeLessThanOrEqual(lift);
      for (const share of [driftShare, baseShare]) expect(share).toBeLessThanOrEqual(1);
      expect(Number.isFinite(lift)).toBe(true);
    });
  });

  test('the order of the counts does not matter, and ten times as much drift of the same shares is found still', () => {
    fc.assert(
      fc.property(counts, (some) => {
        const distinct = some.filter(({ value }, at) => some.findIndex((one) => one.value === value) === at);
        const found = findOverRepresented(distinct);
        expect(findOverRepresented([...distinct].reverse())).toEqual(found);
        const tenfold = distinct
          .filter(({ drift }) => drift >= ATTRIBUTION_RULE.minDrift)
          .map((count) => ({ ...count, drift: count.drift * 10, driftOf: count.driftOf * 10 }))
          .map((count) => ({ ...count, base: count.base * 10, baseOf: count.baseOf * 10 }));
        const values = new Set(findOverRepresented(tenfold).map(({ value }) => value));
        for (const { value } of found) expect(values).toContain(value);
      }),
    );
  });
});

describe('planted mutants raise false alarms', () => {
  test.each<[string, (counts: FacetCount[]) => readonly unknown[]]>([
    [
      'the lift alone',
      (all) => all.filter(({ drift, driftOf, base, baseOf }) => drift / driftOf > 1.5 * (base / baseOf)),
    ],
    [
      'no minimum count and no bound on the other side',
      (all) =>
        findOverRepresented(
          all.map((one) => ({ ...one, isSample: false })),
          { minDrift: 1, falseAlarm: 0.5, minLift: 1.5 },
        ),
    ],
    [
      'each value on its own',
      (all) => all.flatMap((one) => findOverRepresented([one], { minDrift: 3, falseAlarm: 0.4, minLift: 1 })),
    ],
  ])('%s', (_name, mutant) => {
    expect(falseAlarms(mutant)).toBeGreaterThan(10);
  });
});

test('Wilson: figures of the literature, and bounds for none and all', () => {
  // Newcombe (1998), Two-sided confidence intervals for the single proportion, Statistics in Medicine 17, table I: 81 of 263
  const { low, high } = wilsonInterval(81, 263, 1.959964);
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
  expect(wilsonInterval(0, 20, 1.959964).high).toBeCloseTo(0.1611, 4);
  expect(wilsonInterval(20, 20, 1.959964).high).toBe(1);
  expect(wilsonInterval(0, 0, 2)).toEqual({ low: 0, high: 1 });
});
