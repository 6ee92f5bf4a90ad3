import { describe, expect, test } from '@jest/globals';
import type { OpenDrift } from '#contracts';
import type { Objective } from '#hub-file';
import { instantOfMs } from '#kernel';
import fc from 'fast-check';
import { percentileMs, toConvergeTimes } from './converge-times.js';
import { evaluateObjective, type Measured } from './objectives.js';

const [HOUR_MS, DAY_MS, NOW_MS] = [3_600_000, 86_400_000, 1_700_000_000_000];
const OBJECTIVE: Objective = {
  ...{ confirmedEqual: 0.999, withinMs: DAY_MS, openDriftMs: HOUR_MS },
  converge: { share: 0.99, ms: 300_000 },
};
const aConfirmed = (equal: number, keys: number, hoursAgo = 1): Measured['confirmed'] => ({
  ...{ share: equal / keys, equal, keys },
  scannedAt: instantOfMs(NOW_MS - hoursAgo * HOUR_MS),
});
const anOpen = (minutesAgo: number, kind: OpenDrift['kind'] = 'changed'): OpenDrift => ({
  ...{ kind, outcome: 'found', count: 1 },
  oldestAt: instantOfMs(NOW_MS - minutesAgo * 60_000),
});
const evaluate = (measured: Partial<Measured>, objective = OBJECTIVE) =>
  evaluateObjective(objective, { confirmed: null, converged: [], open: [], nowMs: NOW_MS, ...measured });
const part = (name: string, measured: Partial<Measured>) =>
  evaluate(measured).find(({ objective }) => objective === name);

test('says the objectives as people do', () => {
  expect(evaluate({}).map(({ text }) => text)).toEqual([
    '99.9% of keys confirmed equal within 1d',
    '99% of the drift of 1d gone after 5m',
    'no open drift older than 1h',
  ]);
  const none: Objective = { confirmedEqual: null, withinMs: DAY_MS, converge: null, openDriftMs: null };
  expect(evaluate({}, none)).toEqual([]);
});

describe('confirmed equal', () => {
  test.each([
    [9_990, 10, true],
    [9_989, 11, false],
    [10_000, 0, true],
  ])('%d of 10,000 keys use %d of a budget of 10', (equal, used, isMet) => {
    const confirmed = aConfirmed(equal, 10_000);
    const budget = { allowed: 10, used, of: 10_000 };
    expect(part('confirmedEqual', { confirmed })).toMatchObject({ isMet, actual: equal / 10_000, budget });
  });

  test('no scan, or one that is too old, confirms nothing', () => {
    const missed = { isMet: false, actual: null, budget: null };
    expect(part('confirmedEqual', {})).toMatchObject(missed);
    expect(part('confirmedEqual', { confirmed: aConfirmed(10, 10, 25) })).toMatchObject(missed);
  });

  test('a share of all allows no key', () => {
    const all = { ...OBJECTIVE, confirmedEqual: 1 };
    expect(evaluate({ confirmed: aConfirmed(999, 1_000) }, all)[0]).toMatchObject({ isMet: false });
    expect(evaluate({ confirmed: aConfirmed(1_000, 1_000) }, all)[0]).toMatchObject({ isMet: true });
  });
});

describe('converge', () => {
  const fast = { ms: 1_000, count: 990 };

  test('one of a hundred may take longer', () => {
    const at = part('converge', { converged: [fast, { ms: 900_000, count: 10 }] });
    expect(at).toMatchObject({ isMet: true, actual: 1_000, budget: { allowed: 10, used: 10, of: 1_000 } });
    const over = part('converge', { converged: [fast, { ms: 900_000, count: 11 }] });
    expect(over).toMatchObject({ isMet: false, actual: 900_000, budget: { allowed: 10, used: 11 } });
  });

  test('without drift it is met, with nothing measured', () => {
    expect(part('converge', {})).toMatchObject({ isMet: true, actual: null, budget: { allowed: 0, used: 0, of: 0 } });
  });

  test('is met exactly when its percentile is within the target', () => {
    const groups = fc.array(fc.record({ ms: fc.nat(600_000), count: fc.integer({ min: 1, max: 300 }) }), {
      minLength: 1,
    });
    fc.assert(
      fc.property(groups, (converged) => {
        const report = part('converge', { converged });
        expect(report?.isMet).toBe((report?.actual ?? 0) <= 300_000);
      }),
    );
  });
});

describe('open drift', () => {
  test('the oldest difference that calls for a repair counts', () => {
    expect(part('openDrift', { open: [anOpen(61), anOpen(5)] })).toMatchObject({ isMet: false, actual: 61 * 60_000 });
    expect(part('openDrift', { open: [anOpen(59)] })).toMatchObject({ isMet: true });
    const others = [anOpen(500, 'foreign'), anOpen(500, 'undecided')];
    expect(part('openDrift', { open: others })).toMatchObject({ isMet: true, actual: null });
  });
});

test('percentiles are those of the times one by one', () => {
  const times = fc.array(fc.nat(1_000), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(times, fc.constantFrom(0.5, 0.9, 0.99), (all, share) => {
      const sorted = [...all].sort((a, b) => a - b);
      const expected = sorted[Math.ceil(share * all.length - 1e-9) - 1];
      expect(
        percentileMs(
          all.map((ms) => ({ ms, count: 1 })),
          share,
        ),
      ).toBe(expected);
      const grouped = [...new Set(all)].map((ms) => ({ ms, count: all.filter((one) => one === ms).length }));
      expect(percentileMs(grouped, share)).toBe(expected);
    }),
  );
  expect(toConvergeTimes([])).toEqual({ count: 0, p50Ms: null, p99Ms: null });
});
