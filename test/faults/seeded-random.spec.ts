import { describe, expect, test } from '@jest/globals';
import { SeededRandom } from './seeded-random.js';

const draws = (seed: number): number[] => {
  const random = new SeededRandom(seed);
  return Array.from({ length: 50 }, () => random.between(1, 6));
};

describe('SeededRandom', () => {
  test('makes the same choices for the same seed, others for another', () => {
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });

  test('stays within the bounds and reaches both', () => {
    expect(new Set(draws(7))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
  });

  test('shuffles without losing anything', () => {
    const items = ['a', 'b', 'c', 'd'];
    expect(new SeededRandom(1).shuffled(items).sort()).toEqual(items);
  });
});
