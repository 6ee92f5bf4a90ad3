import { describe, expect, test } from '@jest/globals';
import { ClientUnderTest, errorOf, list } from '../../test/harness/client-under-test.js';
import { reply } from '../../test/harness/small-shop.js';

const rest = new ClientUnderTest();

describe('rate limits', () => {
  test('a 429 is obeyed, shown, and the request asked again', async () => {
    let refusals = 2;
    rest.shop.before = (_, response) => {
      if (refusals === 0) return false;
      refusals -= 1;
      reply(response, 429, {}, { 'retry-after': '0.2' });
      return true;
    };
    expect((await list(rest.open())).status).toBe(200);
    expect(rest.slept).toEqual([200, 200]);
    expect(rest.logged.join()).toContain('the system limits the rate of requests: waiting');
  });

  test('a wait too long for a call ends it with retry, and the time to wait', async () => {
    rest.shop.before = (_, response) => (reply(response, 429, {}, { 'retry-after': '60' }), true);
    const client = rest.open();
    const error = await errorOf(list(client));
    expect([error.disposition, error.details['retryAfterMs']]).toEqual(['retry', 60_000]);
    await errorOf(list(client));
    expect(rest.shop.requests).toHaveLength(1);
    rest.nowMs += 60_000;
    rest.shop.before = () => false;
    expect((await list(client)).status).toBe(200);
  });

  test('the last request of a window is followed by silence until its reset', async () => {
    rest.shop.before = (_, response) => (
      reply(response, 200, {}, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '0.3' }),
      true
    );
    const client = rest.open();
    await list(client);
    await list(client);
    expect(rest.slept).toEqual([300]);
  });

  test('the budget spreads requests, and lets no more than its number through at once', async () => {
    let [running, most] = [0, 0];
    rest.shop.before = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, 20));
      running -= 1;
      return false;
    };
    const client = rest.open({ rate: { perSecond: 10, burst: 2, concurrency: 2 } });
    await Promise.all(Array.from({ length: 6 }, () => list(client)));
    expect(most).toBe(2);
    expect(rest.slept).toEqual([100, 100, 100, 100]);
  });
});
