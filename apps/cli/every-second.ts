import type { Clock } from '#kernel';

const EVERY_MS = 1000;

/** Calls `act` with the first value, and then once a second at most. */
export function everySecond<T>(clock: Clock, act: (value: T) => void): (value: T) => void {
  let nextAtMs = Number.NEGATIVE_INFINITY;
  return (value) => {
    const nowMs = clock.nowMs();
    if (nowMs < nextAtMs) return;
    nextAtMs = nowMs + EVERY_MS;
    act(value);
  };
}
