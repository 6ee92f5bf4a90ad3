import { once } from 'node:events';
import type { RateKind, RateLimiter, RateVerdict } from '#auth';
import type { Logger } from '#kernel';
import { Redis } from 'ioredis';
import { RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { limitsOf, verdictOf, type RateLimits } from './limits.js';

/** How requests are counted over all processes of a hub. */
export interface RedisRateLimiterOptions extends RateLimits {
  readonly redisUrl: string;
  /** Of the hub: several share one server. */
  readonly prefix: string;
  readonly logger: Logger;
}

/** While the server is away, what is counted as a login is tried again after so long. */
const RETRY_SECONDS = 5;
const CONNECT_TIMEOUT_MS = 2_000;
const COMMAND_TIMEOUT_MS = 1_000;

/** Counts in Redis or Valkey. While it is away requests pass, since an outage of it must stop no work, and logins are refused, since guessing must not become free. */
export class RedisRateLimiter implements RateLimiter {
  private readonly redis: Redis;
  private readonly limiters: Readonly<Record<RateKind, RateLimiterRedis>>;

  constructor(private readonly options: RedisRateLimiterOptions) {
    this.redis = new Redis(options.redisUrl, {
      ...{ enableOfflineQueue: false, maxRetriesPerRequest: 0, connectTimeout: CONNECT_TIMEOUT_MS },
      ...{ commandTimeout: COMMAND_TIMEOUT_MS, retryStrategy: (attempt: number) => Math.min(1_000, 100 * attempt) },
    });
    this.redis.on('error', ({ message }: Error) =>
      options.logger.debug({ reason: message }, 'rate limiter connection'),
    );
    const limits = limitsOf(options);
    const of = (kind: RateKind): RateLimiterRedis =>
      new RateLimiterRedis({ ...limits[kind], storeClient: this.redis, keyPrefix: `${options.prefix}rate:${kind}` });
    this.limiters = { request: of('request'), login: of('login') };
  }

  /** Resolves when the first connection stands; before that it is as if the server were away. */
  async ready(): Promise<void> {
    if (this.redis.status !== 'ready') await once(this.redis, 'ready');
  }

  async take(kind: RateKind, bucket: string): Promise<RateVerdict> {
    try {
      await this.limiters[kind].consume(bucket);
      return { isAllowed: true };
    } catch (error) {
      if (error instanceof RateLimiterRes) return verdictOf(error);
      const reason = error instanceof Error ? error.message : String(error);
      this.options.logger.warn({ kind, reason }, 'requests are not counted');
      return kind === 'login' ? { isAllowed: false, retryAfterSeconds: RETRY_SECONDS } : { isAllowed: true };
    }
  }

  async close(): Promise<void> {
    this.redis.disconnect();
  }
}
