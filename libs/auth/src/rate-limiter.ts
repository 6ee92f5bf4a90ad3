/** What a request is counted as: an act of a proved principal, or a try to prove who one is. */
export type RateKind = 'request' | 'login';

/** Answer of a {@link RateLimiter}. */
export type RateVerdict =
  { readonly isAllowed: true } | { readonly isAllowed: false; readonly retryAfterSeconds: number };

/** Counts requests by bucket. While the counters can't be reached, requests pass and logins do not. */
export interface RateLimiter {
  take(kind: RateKind, bucket: string): Promise<RateVerdict>;
}
