import { describe, expect, test } from '@jest/globals';
import { countOffsets, planWindows } from './plan-replay.js';

const ranges = new Map([
  [1, { low: 0n, high: 30n }],
  [0, { low: 5n, high: 20n }],
  [2, { low: 7n, high: 7n }],
]);
const anyTime = { from: null, until: null };

describe('the plan of a replay', () => {
  test('is the whole topic as it is now, in the order of partitions, without empty ones', () => {
    const windows = planWindows({}, ranges, anyTime);
    expect(windows).toEqual([
      { partition: 0, fromOffset: 5n, untilOffset: 20n },
      { partition: 1, fromOffset: 0n, untilOffset: 30n },
    ]);
    expect(countOffsets(windows)).toBe(45n);
  });

  test('reads only the partitions that are named, and of them what the topic holds', () => {
    const offsets = [
      { partition: 1, from: '10', until: '99' },
      { partition: 0, from: '1' },
    ];
    expect(planWindows({ offsets }, ranges, anyTime)).toEqual([
      { partition: 0, fromOffset: 5n, untilOffset: 20n },
      { partition: 1, fromOffset: 10n, untilOffset: 30n },
    ]);
  });

  test('takes the narrower of times and offsets', () => {
    const times = { from: new Map([[1, 12n]]), until: new Map([[1, 15n]]) };
    const offsets = [{ partition: 1, from: '10', until: '14' }];
    expect(planWindows({ offsets }, ranges, times)).toEqual([{ partition: 1, fromOffset: 12n, untilOffset: 14n }]);
  });

  test.each([
    ['a partition that there is not', { offsets: [{ partition: 3 }] }],
    ['a partition that is named twice', { offsets: [{ partition: 1 }, { partition: 1 }] }],
    ['a window that ends before it begins', { offsets: [{ partition: 1, from: '9', until: '8' }] }],
    ['a time range that is empty', { fromMs: 10, untilMs: 10 }],
  ])('refuses %s', (_name, selection) => {
    expect(() => planWindows(selection, ranges, anyTime)).toThrow(
      expect.objectContaining({ code: 'HUB_REQUEST_INVALID' }),
    );
  });
});
