import { describe, expect, test } from '@jest/globals';
import { inLane, silentLogger, type Lane } from '#kernel';
import { RateBudget } from './rate-budget.js';

/** Runs calls of `takesMs` in a time of its own, which moves on when everybody waits. */
class BudgetUnderTest {
  nowMs = 0;
  readonly log: { readonly lane: Lane; readonly atMs: number }[] = [];
  running = 0;
  most: Partial<Record<Lane, number>> = {};
  private readonly alarms: { readonly atMs: number; readonly ring: () => void }[] = [];
  readonly budget: RateBudget;

  constructor(rate: { perSecond: number; burst: number; concurrency: number }, reconcileShare = 0.2) {
    const clock = { nowMs: () => this.nowMs, sleep: (ms: number, signal?: AbortSignal) => this.sleep(ms, signal) };
    this.budget = new RateBudget(rate, { clock, logger: silentLogger, maxWaitMs: 10_000, reconcileShare });
  }

  call(lane: Lane, takesMs = 1): Promise<void> {
    return inLane(lane, () =>
      this.budget.spend(async () => {
        this.log.push({ lane, atMs: this.nowMs });
        await this.sleep(takesMs);
      }),
    );
  }

  /** Lets time pass until all is done. */
  async finish(calls: readonly Promise<void>[]): Promise<void> {
    let isOver = false;
    const over = Promise.all(calls).then(() => (isOver = true));
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve));
      const [next] = this.alarms.sort((a, b) => a.atMs - b.atMs).splice(0, 1);
      if (next) this.nowMs = Math.max(this.nowMs, next.atMs);
      next?.ring();
    }
    await over;
  }

  private sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((ring) => {
      this.alarms.push({ atMs: this.nowMs + ms, ring });
      signal?.addEventListener('abort', () => ring(), { once: true });
    });
  }
}

const times = (count: number, call: () => Promise<void>): Promise<void>[] => Array.from({ length: count }, call);

describe('lanes of one budget', () => {
  test('rounds keep to their share, however much they ask, and the rest is free', async () => {
    const under = new BudgetUnderTest({ perSecond: 10, burst: 5, concurrency: 4 });
    await under.finish(times(21, () => under.call('reconcile')));
    expect(under.nowMs).toBeGreaterThanOrEqual(10_000); // one at once, then two a second
    expect(under.nowMs).toBeLessThan(10_100);
  });

  test('live calls go first, then bulk, then rounds', async () => {
    const under = new BudgetUnderTest({ perSecond: 10, burst: 1, concurrency: 1 }, 1);
    const order: readonly Lane[] = ['live', 'reconcile', 'reconcile', 'bulk', 'bulk', 'live', 'live'];
    await under.finish(order.map((lane) => under.call(lane)));
    expect(under.log.map(({ lane }) => lane)).toEqual([
      'live',
      'live',
      'live',
      'bulk',
      'bulk',
      'reconcile',
      'reconcile',
    ]);
  });

  test('a live call that comes while a round waits for its share does not wait with it', async () => {
    const under = new BudgetUnderTest({ perSecond: 10, burst: 10, concurrency: 4 }, 0.1);
    const waiting = times(3, () => under.call('reconcile'));
    await new Promise((resolve) => setImmediate(resolve));
    await under.finish([...waiting, under.call('live')]);
    expect(under.log.find(({ lane }) => lane === 'live')?.atMs).toBe(0);
    expect(under.log.filter(({ lane }) => lane === 'reconcile').map(({ atMs }) => atMs)).toEqual([0, 1_000, 2_000]);
  });

  test('slow calls of bulk and rounds leave a place free for live ones', async () => {
    const under = new BudgetUnderTest({ perSecond: 100, burst: 100, concurrency: 3 }, 1);
    const slow = [...times(4, () => under.call('bulk', 5_000)), ...times(4, () => under.call('reconcile', 5_000))];
    await new Promise((resolve) => setImmediate(resolve));
    await under.finish([...slow, under.call('live')]);
    expect(under.log.filter(({ atMs }) => atMs < 5_000).map(({ lane }) => lane)).toEqual(['bulk', 'bulk', 'live']);
  });

  test('all lanes keep the silence that the vendor asks for', async () => {
    const under = new BudgetUnderTest({ perSecond: 100, burst: 100, concurrency: 4 }, 1);
    under.budget.silence(7_000);
    await under.finish([under.call('live'), under.call('bulk'), under.call('reconcile')]);
    expect(under.log.map(({ atMs }) => atMs)).toEqual([7_000, 7_000, 7_000]);
  });

  test('a silence too long for a call refuses it in every lane, and says how long', async () => {
    const under = new BudgetUnderTest({ perSecond: 100, burst: 100, concurrency: 4 });
    under.budget.silence(60_000);
    for (const lane of ['live', 'bulk', 'reconcile'] as const)
      await expect(under.call(lane)).rejects.toMatchObject({ disposition: 'retry', details: { retryAfterMs: 60_000 } });
    expect(under.log).toEqual([]);
  });
});
