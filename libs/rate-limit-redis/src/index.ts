export type { RateLimits } from './limits.js';
export { MemoryRateLimiter } from './memory-rate-limiter.js';
export { RedisRateLimiter, type RedisRateLimiterOptions } from './redis-rate-limiter.js';
