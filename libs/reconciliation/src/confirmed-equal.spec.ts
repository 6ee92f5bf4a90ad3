import { expect, test } from '@jest/globals';
import { instantOfMs } from '#kernel';
import fc from 'fast-check';
import { toConfirmedEqual } from './confirmed-equal.js';

const AT = instantOfMs(0);
const round = { scanned: 1_000, changed: 0, missing: 0, foreign: 0, undecided: 0, fixed: 0 };
const scan = { known: 1_000, unequal: 0, absent: 0 };
const equalOf = (change: Partial<typeof round>, more: Partial<typeof scan> = {}): [number, number] => {
  const { equal, keys } = toConfirmedEqual({ ...round, ...change }, { ...scan, ...more }, AT);
  return [equal, keys];
};

test.each<[string, Partial<typeof round>, Partial<typeof scan>, [number, number]]>([
  ['all', {}, {}, [1_000, 1_000]],
  ['but what changed', { changed: 10 }, {}, [990, 1_000]],
  ['with what was repaired', { changed: 10, fixed: 10 }, {}, [1_000, 1_000]],
  ['but what is missing', { scanned: 990, missing: 10 }, {}, [990, 1_000]],
  ['with what was missing and came back', { scanned: 990, missing: 10, fixed: 10 }, {}, [1_000, 1_000]],
  ['but what is foreign', { scanned: 1_003, foreign: 3 }, {}, [1_000, 1_003]],
  ['but what kept moving', { undecided: 4 }, {}, [996, 1_000]],
  ['but what is due, being written or parked', {}, { unequal: 7 }, [993, 1_000]],
  ['but what is yet to be created', {}, { absent: 5 }, [1_000, 1_005]],
  ['but what could not be read', { scanned: 980 }, {}, [980, 1_000]],
])('%s', (_name, change, more, expected) => {
  expect(equalOf(change, more)).toEqual(expected);
});

test('a store without keys is equal', () => {
  expect(toConfirmedEqual({ ...round, scanned: 0 }, { ...scan, known: 0 }, AT)).toMatchObject({ share: 1, keys: 0 });
});

test('is a share, whatever was counted, and no finding makes it larger', () => {
  const counts = fc.record({ ...Object.fromEntries(Object.keys(round).map((name) => [name, fc.nat(2_000)])) });
  fc.assert(
    fc.property(counts, fc.nat(2_000), fc.nat(2_000), fc.nat(2_000), (some, known, unequal, absent) => {
      const all = { ...round, ...some };
      const { share } = toConfirmedEqual(all, { known, unequal, absent }, AT);
      expect(share).toBeGreaterThanOrEqual(0);
      expect(share).toBeLessThanOrEqual(1);
      for (const name of ['changed', 'foreign', 'undecided'] as const)
        expect(
          toConfirmedEqual({ ...all, [name]: all[name] + 1 }, { known, unequal, absent }, AT).share,
        ).toBeLessThanOrEqual(share);
    }),
  );
});
