import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RateLimiter } from '#auth';
import { silentLogger } from '#kernel';
import { MemoryRateLimiter, RedisRateLimiter } from '#rate-limit-redis';
import { serverAddresses, unique } from '../harness/servers.js';

const limits = { requestsPerMinute: 5, loginsPerMinute: 3 };
const open = (redisUrl: string): RedisRateLimiter =>
  new RedisRateLimiter({ ...limits, redisUrl, prefix: `${unique('rate')}.`, logger: silentLogger });

/** How many of twelve at once pass. */
async function passed(limiter: RateLimiter, kind: 'request' | 'login', bucket: string): Promise<number> {
  const verdicts = await Promise.all(Array.from({ length: 12 }, () => limiter.take(kind, bucket)));
  for (const verdict of verdicts) if (!verdict.isAllowed) expect(verdict.retryAfterSeconds).toBeGreaterThanOrEqual(1);
  return verdicts.filter(({ isAllowed }) => isAllowed).length;
}

describe('limits', () => {
  test('count by kind and bucket, in one process', async () => {
    const limiter = new MemoryRateLimiter(limits);
    expect([await passed(limiter, 'request', 'ann'), await passed(limiter, 'login', 'ann')]).toEqual([5, 3]);
    expect([await passed(limiter, 'request', 'ann'), await passed(limiter, 'request', 'ben')]).toEqual([0, 5]);
  });

  test('count over two processes of a hub in Redis, and apart for another hub', async () => {
    const { redisUrl } = serverAddresses();
    const shared = { ...limits, redisUrl, prefix: `${unique('rate')}.`, logger: silentLogger };
    const limiters = [new RedisRateLimiter(shared), new RedisRateLimiter(shared), open(redisUrl)] as const;
    const [one, two, other] = limiters;
    await Promise.all(limiters.map((limiter) => limiter.ready()));
    const both = await Promise.all([passed(one, 'request', 'ann'), passed(two, 'request', 'ann')]);
    expect(both[0] + both[1]).toBe(5);
    expect(await passed(other, 'request', 'ann')).toBe(5);
    expect(await passed(two, 'login', '10.0.0.1')).toBe(3);
    for (const limiter of limiters) await limiter.close();
  });

  describe.each(['nobody listens', 'nobody answers'])('while %s at its address', (how) => {
    let silent: Server;
    let limiter: RedisRateLimiter;
    beforeAll(async () => {
      silent = createServer();
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
      const { port } = silent.address() as AddressInfo;
      if (how === 'nobody listens') silent.close();
      limiter = open(`redis://127.0.0.1:${port}`);
    });
    afterAll(async () => {
      await limiter.close();
      silent.close();
    });

    test('requests pass and logins do not', async () => {
      expect(await passed(limiter, 'request', 'ann')).toBe(12);
      expect(await passed(limiter, 'login', '10.0.0.1')).toBe(0);
    });
  });
});
