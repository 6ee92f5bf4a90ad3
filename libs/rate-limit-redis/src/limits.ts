import type { RateKind, RateVerdict } from '#auth';
import type { RateLimiterRes } from 'rate-limiter-flexible';

/** How much is allowed. */
export interface RateLimits {
  /** Of one principal. */
  readonly requestsPerMinute: number;
  /** Failed tries to prove who one is, of one address. */
  readonly loginsPerMinute: number;
}

const MINUTE_S = 60;

/** Points and seconds of each kind. */
export function limitsOf(
  limits: RateLimits,
): Readonly<Record<RateKind, { readonly points: number; readonly duration: number }>> {
  return {
    request: { points: limits.requestsPerMinute, duration: MINUTE_S },
    login: { points: limits.loginsPerMinute, duration: MINUTE_S },
  };
}

/** What a refusal of the library means. */
export function verdictOf({ msBeforeNext }: RateLimiterRes): RateVerdict {
  return { isAllowed: false, retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) };
}
