import { expect, test } from '@jest/globals';

import { judgePlants, summarize } from './judge-plants.mjs';

const plants = [
  { rule: 'no-x', file: 'a.ts', code: '' },
  { rule: null, file: 'b.ts', code: '' },
];
const areRight = (fired) => judgePlants(plants, fired).map(({ isRight }) => isRight);

test('a plant is right when exactly its rule fires', () => {
  expect(areRight([{ rule: 'no-x', file: 'a.ts' }])).toEqual([true, true]);
  expect(areRight([])).toEqual([false, true]);
  expect(
    areRight([
      { rule: 'no-x', file: 'a.ts' },
      { rule: 'no-y', file: 'a.ts' },
    ]),
  ).toEqual([false, true]);
});

test('an allowed plant is right when nothing fires', () => {
  expect(
    areRight([
      { rule: 'no-x', file: 'a.ts' },
      { rule: 'no-x', file: 'b.ts' },
    ]),
  ).toEqual([true, false]);
});

test('what fires where nothing was planted is wrong', () => {
  expect(
    areRight([
      { rule: 'no-x', file: 'a.ts' },
      { rule: 'no-x', file: 'c.ts' },
    ]),
  ).toEqual([true, true, false]);
});

test('a rule that nobody planted shows as such', () => {
  const results = judgePlants(plants, [{ rule: 'no-x', file: 'a.ts' }]);
  expect(summarize(['no-x', 'no-y'], results)).toEqual([
    { rule: 'no-x', planted: 1, caught: 1 },
    { rule: 'no-y', planted: 0, caught: 0 },
  ]);
});
