import { beforeEach, describe, expect, test } from '@jest/globals';
import { ManualClock } from '#outbox/testing';
import { TableBacklog } from './table-backlog.js';

describe('when the stream is opened', () => {
  let clock: ManualClock;
  let backlog: TableBacklog;
  beforeEach(() => {
    clock = new ManualClock();
    backlog = new TableBacklog(clock);
  });

  test('not before the table was read to its end', () => {
    expect(backlog.isPassed(0n)).toBe(false);
    backlog.read(1_000, false, 0n);
    expect(backlog.isPassed(5n)).toBe(false);
  });

  test('at once after few rows', () => {
    backlog.read(10, true, 0n);
    expect(backlog.isPassed(0n)).toBe(true);
  });

  test('after many rows, when it is known from where on it is needed: by a proof that began behind them', () => {
    for (let page = 0; page < 20; page += 1) backlog.read(1_000, false, 7n);
    backlog.read(10, true, 7n);
    expect(backlog.isPassed(7n)).toBe(false);
    expect(backlog.isPassed(8n)).toBe(true);
  });

  test('after five seconds without a proof all the same', async () => {
    for (let page = 0; page < 20; page += 1) backlog.read(1_000, false, 0n);
    backlog.read(10, true, 0n);
    await clock.advance(4_999);
    backlog.read(0, true, 0n);
    expect(backlog.isPassed(0n)).toBe(false);
    await clock.advance(1);
    expect(backlog.isPassed(0n)).toBe(true);
  });

  test('anew for another leader', () => {
    backlog.read(10, true, 0n);
    backlog.forget();
    expect(backlog.isPassed(0n)).toBe(false);
  });
});
