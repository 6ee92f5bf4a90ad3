import type { Clock } from '#kernel';

interface Timer {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A clock that moves only when a test says so; sleepers wake in the order of their times. */
export class ManualClock implements Clock {
  private timers: Timer[] = [];

  constructor(private currentMs = 1_700_000_000_000) {}

  nowMs(): number {
    return this.currentMs;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const timer: Timer = {
        atMs: this.currentMs + ms,
        wake: () => {
          signal?.removeEventListener('abort', timer.wake);
          this.timers = this.timers.filter((other) => other !== timer);
          resolve();
        },
      };
      signal?.addEventListener('abort', timer.wake, { once: true });
      this.timers.push(timer);
    });
  }

  /** Lets everything run that can run now, then moves to the next sleeper; false when nobody sleeps. */
  async step(): Promise<boolean> {
    await settle();
    const next = this.timers.reduce<Timer | null>(
      (first, timer) => (first && first.atMs <= timer.atMs ? first : timer),
      null,
    );
    if (!next) return false;
    this.currentMs = Math.max(this.currentMs, next.atMs);
    next.wake();
    await settle();
    return true;
  }

  /** Moves on by `ms`, waking every sleeper on the way. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.currentMs + ms;
    await settle();
    while (this.timers.some((timer) => timer.atMs <= untilMs)) await this.step();
    this.currentMs = untilMs;
  }
}

/** Resolves after all promises that are ready have run on. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
