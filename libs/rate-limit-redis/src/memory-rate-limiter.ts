import type { RateKind, RateLimiter, RateVerdict } from '#auth';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { limitsOf, verdictOf, type RateLimits } from './limits.js';

/** Counts in this process alone: for services that have no Redis. */
export class MemoryRateLimiter implements RateLimiter {
  private readonly limiters: Readonly<Record<RateKind, RateLimiterMemory>>;

  constructor(limits: RateLimits) {
    const { request, login } = limitsOf(limits);
    this.limiters = { request: new RateLimiterMemory(request), login: new RateLimiterMemory(login) };
  }

  async take(kind: RateKind, bucket: string): Promise<RateVerdict> {
    try {
      await this.limiters[kind].consume(bucket);
      return { isAllowed: true };
    } catch (error) {
      if (error instanceof RateLimiterRes) return verdictOf(error);
      throw error;
    }
  }
}
