import { expect, test } from '@jest/globals';
import { settleAttempt, type Settlement } from './settle-attempt.js';

const failed = { kind: 'failed', reason: 'The receiver answers 500.', retryAfterMs: null } as const;
const HOUR_MS = 3_600_000;

test('a receiver that never answers is tried ten times within three to four days, then the event is parked', () => {
  const waits: number[] = [];
  let settlement: Settlement = settleAttempt(failed, 0, () => 0.5);
  while (settlement.kind === 'again') {
    waits.push(settlement.inMs);
    settlement = settleAttempt(failed, settlement.attempts, () => 0.5);
  }
  expect(settlement).toEqual({ kind: 'parked', attempts: 10, reason: failed.reason });
  expect(waits).toHaveLength(9);
  expect(waits).toEqual([...waits].sort((a, b) => a - b));
  const total = waits.reduce((sum, wait) => sum + wait, 0);
  expect(total).toBeGreaterThan(72 * HOUR_MS);
  expect(total).toBeLessThan(96 * HOUR_MS);
});

test('it waits at least as long as the receiver asks for', () => {
  expect(settleAttempt({ ...failed, retryAfterMs: HOUR_MS }, 0, () => 0)).toMatchObject({ inMs: HOUR_MS, attempts: 1 });
  expect(settleAttempt({ ...failed, retryAfterMs: 1 }, 0, () => 0)).toMatchObject({ inMs: 5_000 });
});

test('410 switches the receiver off, without an attempt being counted', () => {
  const reason = 'The receiver answers 410: it takes no more events.';
  expect(settleAttempt({ kind: 'stopped', reason }, 3, Math.random)).toEqual({ kind: 'off', reason });
});

test('2xx ends it', () => {
  expect(settleAttempt({ kind: 'delivered', status: 204 }, 9, Math.random)).toEqual({ kind: 'done' });
});
