import { describe, expect, test } from '@jest/globals';
import { assertOwnGroup, planReset, type ResetTarget } from './plan-reset.js';

const facts = {
  ranges: new Map([
    [1, { low: 0n, high: 10n }],
    [0, { low: 5n, high: 20n }],
  ]),
  committed: new Map([[0, 12n]]),
  atTime: new Map([
    [0, 8n],
    [1, 10n],
  ]),
};
const moves = (target: ResetTarget): unknown[] =>
  planReset(target, facts).map(({ from, to, again, skipped }) => [from, to, again, skipped]);

describe('a reset of offsets', () => {
  test('says of each partition what is read again and what is skipped', () => {
    expect(moves({ kind: 'earliest' })).toEqual([
      [12n, 5n, 7n, 0n],
      [null, 0n, 0n, 0n],
    ]);
    expect(moves({ kind: 'latest' })).toEqual([
      [12n, 20n, 0n, 8n],
      [null, 10n, 0n, 10n],
    ]);
    expect(moves({ kind: 'shift', by: -3n })[0]).toEqual([12n, 9n, 3n, 0n]);
  });

  test('says where there is no record at or after the time', () => {
    expect(planReset({ kind: 'time', timeMs: 1 }, facts).map(({ to, remark }) => [to, remark])).toEqual([
      [8n, null],
      [10n, 'no record at or after that time'],
    ]);
  });

  test('stays within the topic, and says so', () => {
    expect(planReset({ kind: 'offset', offset: 15n }, facts).map(({ to, remark }) => [to, remark])).toEqual([
      [15n, null],
      [10n, '15 is outside the topic (0 to 10)'],
    ]);
    expect(moves({ kind: 'shift', by: -99n })[0]).toEqual([12n, 5n, 7n, 0n]);
  });

  test('a group of the hub is refused: its offsets are in its database', () => {
    const hubGroups = new Set(['eu.golden']);
    expect(() => assertOwnGroup('eu.golden', hubGroups)).toThrow(
      expect.objectContaining({ code: 'HUB_REPLAY_REFUSED' }),
    );
    expect(() => assertOwnGroup('eu.shop', hubGroups)).not.toThrow();
  });
});
