import { HubError } from '#kernel';

/** What a request is counted as: an act of a proved principal, or a try to prove who one is. */
export type RateKind = 'request' | 'login';

/** Answer of a {@link RateLimiter}. */
export type RateVerdict =
  { readonly isAllowed: true } | { readonly isAllowed: false; readonly retryAfterSeconds: number };

/** Counts requests by bucket. While the counters can't be reached, requests pass and logins do not. */
export interface RateLimiter {
  take(kind: RateKind, bucket: string): Promise<RateVerdict>;
}

/** Counts one request. @throws HubError HUB_RATE_LIMITED when there were too many; without a limiter nothing is limited */
export async function assertWithinLimit(
  limiter: RateLimiter | undefined,
  kind: RateKind,
  bucket: string,
): Promise<void> {
  const verdict = await limiter?.take(kind, bucket);
  if (!verdict || verdict.isAllowed) return;
  const { retryAfterSeconds } = verdict;
  const message = `Too many requests; try again in ${retryAfterSeconds} s.`;
  throw new HubError('HUB_RATE_LIMITED', message, { retryAfterSeconds });
}
