import { beforeEach, describe, expect, test } from '@jest/globals';
import { instantOfMs, type Clock } from './clock.js';
import type { ErrorCode } from './error-codes.js';
import { HubError } from './hub-error.js';
import { silentLogger } from './ports.js';
import { StepLoop, type StepLoopOptions } from './step-loop.js';

/** Sleeps are noted and end when a test says so, or by their signal. */
class NotedSleeps implements Clock {
  readonly slept: number[] = [];
  private end = (): void => undefined;

  nowMs(): number {
    return Date.parse(instantOfMs(0));
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    this.slept.push(ms);
    return new Promise((resolve) => {
      this.end = resolve;
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  async next(): Promise<void> {
    this.end();
    await settle();
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const failing = (code: ErrorCode) => (): boolean => {
  throw new HubError(code, 'planted');
};

describe('a loop', () => {
  let clock: NotedSleeps;
  let fatal: HubError[];
  let loop: StepLoop;
  let steps: number;
  let answers: (() => boolean)[];
  beforeEach(() => {
    [clock, fatal, steps] = [new NotedSleeps(), [], 0];
  });

  /** A started loop whose steps answer in turn, then find nothing. */
  const given = async (turns: (() => boolean)[], options: Partial<StepLoopOptions> = {}): Promise<void> => {
    answers = [...turns];
    loop = new StepLoop({
      ...{ name: 'test', idleMs: 100, endsOn: ['crash'], wakesFromErrors: false, clock, logger: silentLogger },
      step: async () => {
        steps += 1;
        return answers.shift()?.() ?? false;
      },
      onFatal: (error) => void fatal.push(error),
      random: () => 0,
      ...options,
    });
    loop.start();
    await settle();
  };

  test('goes on at once while there is more, then pauses', async () => {
    await given([() => true, () => true]);
    expect([steps, clock.slept]).toEqual([3, [100]]);
  });

  test('pauses longer while nothing is found, and shortly again after something was', async () => {
    await given([], { maxIdleMs: 300 });
    for (let i = 0; i < 3; i += 1) await clock.next();
    answers = [() => true];
    await clock.next();
    expect(clock.slept).toEqual([100, 200, 300, 300, 100]);
  });

  test('a wake ends the pause, or is remembered by the step in flight', async () => {
    await given([]);
    answers = [() => (loop.wake(), false)];
    loop.wake();
    await settle();
    expect([steps, clock.slept]).toEqual([3, [100, 100]]);
  });

  test('backs off while errors may mend themselves, says so, and goes on', async () => {
    await given([failing('HUB_SOURCE_UNREACHABLE'), failing('HUB_VERSION_CONFLICT')]);
    expect([loop.state, loop.problem]).toEqual(['down', expect.stringContaining('planted')]);
    loop.wake();
    await settle();
    expect([steps, clock.slept]).toEqual([1, [100]]);
    await clock.next();
    await clock.next();
    expect([loop.state, loop.problem, clock.slept]).toEqual(['running', null, [100, 200, 100]]);
  });

  test('where it is so, a wake ends the back-off, but not the one before it', async () => {
    const fails = failing('HUB_SOURCE_UNREACHABLE');
    await given([() => (loop.wake(), fails()), fails], { wakesFromErrors: true });
    expect(steps).toBe(1);
    loop.wake();
    await settle();
    expect([steps, clock.slept]).toEqual([2, [100, 200]]);
  });

  test('looks again every 15 seconds after an error that an operator mends', async () => {
    await given([failing('HUB_SOURCE_UNAUTHORISED')]);
    expect([loop.state, clock.slept]).toEqual(['stopped', [15_000]]);
    await clock.next();
    expect([loop.state, fatal]).toEqual(['running', []]);
  });

  test('ends on a bug, and on what it is told to end on', async () => {
    for (const turn of [failing('HUB_SOURCE_UNAUTHORISED'), () => JSON.parse('{') as boolean]) {
      await given([turn], { endsOn: ['stop', 'park'] });
      expect([loop.state, clock.slept]).toEqual(['stopped', []]);
    }
    expect(fatal.map(({ disposition }) => disposition)).toEqual(['stop', 'crash']);
  });

  test('stop ends a pause or a back-off, and waits for the step in flight and for what its end does', async () => {
    await given([failing('HUB_SOURCE_UNREACHABLE')]);
    await loop.stop();
    expect(steps).toBe(1);
    const order: string[] = [];
    await given([failing('HUB_INVARIANT_BROKEN')], {
      onFatal: async () => settle().then(() => void order.push('end')),
    });
    await loop.stop();
    expect(order).toEqual(['end']);
  });
});
