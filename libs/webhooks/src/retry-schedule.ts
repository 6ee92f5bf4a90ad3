const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** After the n-th failed attempt; about three days in all, as Standard Webhooks advises. */
const DELAYS_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
const JITTER = 0.2;

/**
 * How long to wait after so many failed attempts (1, 2, …), up to a fifth longer, so that what failed together does not
 * come together again; never less than the receiver asks for. Null: give up.
 */
export function retryDelayMs(failedAttempts: number, random: () => number, retryAfterMs: number | null): number | null {
  const delay = DELAYS_MS[failedAttempts - 1];
  if (delay === undefined) return null;
  return Math.max(Math.round(delay * (1 + JITTER * random())), retryAfterMs ?? 0);
}
