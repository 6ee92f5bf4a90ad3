/** Exponential back-off with full jitter, in milliseconds: attempt 1 waits up to `baseMs`, doubling up to `maxMs`. */
export function backoffMs(attempt: number, random: () => number, baseMs = 200, maxMs = 30_000): number {
  const ceiling = Math.min(maxMs, baseMs * 2 ** Math.min(attempt - 1, 20));
  return Math.round(ceiling / 2 + (ceiling / 2) * random());
}
