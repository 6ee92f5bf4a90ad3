import { describe, expect, test } from '@jest/globals';
import type { Clock } from '#kernel';
import { eventually } from './eventually.js';

/** Time that passes only by sleeping. */
function aClock(): Clock {
  let nowMs = 0;
  return {
    nowMs: () => nowMs,
    sleep: async (ms) => {
      nowMs += ms;
    },
  };
}

describe('eventually', () => {
  test('answers what the assertion answers once it holds', async () => {
    let looks = 0;
    const look = (): number => {
      looks += 1;
      expect(looks).toBe(3);
      return looks;
    };
    await expect(eventually(look, { timeoutMs: 1_000, clock: aClock() })).resolves.toBe(3);
  });

  test('throws what the assertion threw last when the time is over', async () => {
    const clock = aClock();
    const look = (): never => {
      throw new Error(`at ${clock.nowMs()}`);
    };
    await expect(eventually(look, { timeoutMs: 100, intervalMs: 40, clock })).rejects.toThrow('at 120');
  });

  test('looks once when there is no time', async () => {
    await expect(eventually(async () => 'seen', { timeoutMs: 0, clock: aClock() })).resolves.toBe('seen');
  });
});
