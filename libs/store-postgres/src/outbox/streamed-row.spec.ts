import { describe, expect, test } from '@jest/globals';
import { isVisible } from './streamed-row.js';

describe('isVisible', () => {
  test.each([
    [99, '100:110:101,105', true],
    [100, '100:110:101,105', true],
    [101, '100:110:101,105', false],
    [109, '100:110:101,105', true],
    [110, '100:110:101,105', false],
    [120, '100:110:', false],
    [109, '100:110:', true],
  ])('transaction %i in snapshot %s: %s', (xid, snapshot, visible) => {
    expect(isVisible(xid, snapshot)).toBe(visible);
  });

  test('the low half of an id runs on over its end', () => {
    const begin = 3n * 2n ** 32n;
    const snapshot = `${begin - 5n}:${begin + 5n}:${begin - 2n},${begin + 1n}`;
    expect(
      [-6n, -2n, -1n, 0n, 1n, 4n, 5n].map((delta) => isVisible(Number(BigInt.asUintN(32, begin + delta)), snapshot)),
    ).toEqual([true, false, true, true, false, true, false]);
  });
});
