import { systemClock, type Clock } from '#kernel';

/** How long to wait, and how often to look. */
export interface EventuallyOptions {
  readonly timeoutMs: number;
  /** Time between two looks; 50 by default. */
  readonly intervalMs?: number;
  /** The machine's by default. */
  readonly clock?: Clock;
}

/**
 * Repeats an assertion until it holds, and answers what it answered.
 * @throws what the assertion threw last, once `timeoutMs` have passed; it is tried at least once.
 */
export async function eventually<T>(assertion: () => T | Promise<T>, options: EventuallyOptions): Promise<T> {
  const { timeoutMs, intervalMs = 50, clock = systemClock } = options;
  const deadline = clock.nowMs() + timeoutMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (clock.nowMs() >= deadline) throw error;
    }
    await clock.sleep(intervalMs);
  }
}
