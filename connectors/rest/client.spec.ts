import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { HubError, type Logger } from '#kernel';
import type { Resolve } from '#outbound-http';
import { reply, SHOP_SECRET, SmallShop } from '../../test/harness/small-shop.js';
import { RestClient, type RestAnswer } from './client.js';
import { configSchema } from './config.js';

let shop: SmallShop;
let other: SmallShop;
let nowMs = 1_700_000_000_000;
let slept: number[] = [];
const logged: string[] = [];
const clients: RestClient[] = [];

const clock = {
  nowMs: () => nowMs,
  sleep: async (ms: number) => {
    slept.push(ms);
    nowMs += ms;
  },
};
const keep = (facts: unknown, message: string): void => void logged.push(JSON.stringify([facts, message]));
const logger: Logger = { debug: keep, info: keep, warn: keep, error: keep, child: () => logger };

beforeEach(async () => {
  [shop, other] = [await SmallShop.open(), await SmallShop.open()];
  [nowMs, slept] = [1_700_000_000_000, []];
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await Promise.all([shop.close(), other.close()]);
});

function open(config: Readonly<Record<string, unknown>> = {}, resolve?: Resolve): RestClient {
  const client = new RestClient({
    config: configSchema.parse({
      baseUrl: `http://${shop.host}`,
      allowedHosts: [shop.host, other.host],
      timeoutMs: 400,
      rate: { perSecond: 100, burst: 100 },
      ...config,
    }),
    clock,
    logger,
    isReadOnly: false,
    ...(resolve ? { resolve } : {}),
  });
  clients.push(client);
  return client;
}

async function errorOf(work: Promise<unknown>): Promise<HubError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof HubError) return error;
    throw error;
  }
  throw new Error('no error');
}

const list = (client: RestClient): Promise<RestAnswer> => client.get({ path: '/articles' });

describe('errors', () => {
  test.each([
    [401, 'HUB_SOURCE_UNAUTHORISED', /credentials are refused: correct them under auth/],
    [403, 'HUB_SOURCE_UNAUTHORISED', /may not do this: give this account the right/],
    [500, 'HUB_SOURCE_ERROR', /answered 500: .*broken/],
    [503, 'HUB_SOURCE_ERROR', /answered 503/],
  ])('%i is %s, in one sentence that says what to do', async (status, code, message) => {
    shop.before = (_, response) => (reply(response, status, { error: 'broken' }), true);
    const error = await errorOf(list(open()));
    expect([error.code, error.details['status']]).toEqual([code, status]);
    expect(error.message).toMatch(message);
  });

  test.each([400, 404, 409, 412, 422])('%i is left to the caller', async (status) => {
    shop.before = (_, response) => (reply(response, status, { error: 'no' }), true);
    expect(await list(open())).toMatchObject({ status, body: { error: 'no' } });
  });

  test('silence, a cut answer, prose and a body above the cap are told apart', async () => {
    shop.before = () => true;
    expect(await errorOf(list(open()))).toMatchObject({ code: 'HUB_SOURCE_TIMEOUT', details: { sent: true } });
    shop.before = (request) => (request.socket.destroy(), true);
    expect(await errorOf(list(open()))).toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE', details: { sent: true } });
    shop.before = (_, response) => (response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), true);
    expect((await errorOf(list(open()))).message).toMatch(
      /no JSON \(text\/html\): see whether baseUrl leads to the API/,
    );
    shop.before = (_, response) => (reply(response, 200, 'x'.repeat(2_000)), true);
    const large = await errorOf(list(open({ maxResponseBytes: 1_000 })));
    expect([large.code, large.message]).toEqual(['HUB_CONFIG_INVALID', expect.stringContaining('maxResponseBytes')]);
  });

  test('an unreachable host, an unknown one and a forbidden one say what to do', async () => {
    const nobody = open({ baseUrl: 'http://127.0.0.1:1', allowedHosts: ['127.0.0.1'] });
    expect(await errorOf(list(nobody))).toMatchObject({
      code: 'HUB_SOURCE_UNREACHABLE',
      message: expect.stringContaining('start the system or correct the port'),
      details: { sent: false },
    });
    const unknown: Resolve = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect((await errorOf(list(open({ baseUrl: 'https://no.example' }, unknown)))).message).toMatch(
      /its name is unknown/,
    );
    expect(await errorOf(list(open({ allowedHosts: [] })))).toMatchObject({
      code: 'HUB_CONFIG_INVALID',
      message: expect.stringContaining('allowedHosts'),
    });
  });
});

describe('redirects', () => {
  test('a read follows on its own host, not in a circle, and never to another host', async () => {
    shop.add('A');
    const client = open();
    shop.before = (_, response, url) => {
      if (url.pathname !== '/old') return false;
      response.writeHead(301, { location: '/articles' }).end();
      return true;
    };
    expect((await client.get({ path: '/old' })).status).toBe(200);
    shop.before = (_, response) => (response.writeHead(302, { location: '/articles' }).end(), true);
    expect((await errorOf(list(client))).message).toMatch(/in a circle/);
    shop.before = (_, response) => (response.writeHead(302, { location: `http://${other.host}/articles` }).end(), true);
    expect((await errorOf(list(client))).message).toMatch(/put the final address into baseUrl/);
    expect(other.requests).toEqual([]);
  });

  test('a write is not redirected, and an address in an answer stays on the host', async () => {
    const client = open();
    shop.before = (_, response) => (response.writeHead(307, { location: '/articles' }).end(), true);
    await errorOf(client.write({ method: 'POST', path: '/articles', body: {} }));
    expect(shop.requests).toHaveLength(1);
    expect((await errorOf(client.get({ path: `http://${other.host}/articles` }))).code).toBe('HUB_SOURCE_SCHEMA');
    expect(other.requests).toEqual([]);
  });
});

describe('rate limits', () => {
  test('a 429 is obeyed, shown, and the request asked again', async () => {
    let refusals = 2;
    shop.before = (_, response) => {
      if (refusals === 0) return false;
      refusals -= 1;
      reply(response, 429, {}, { 'retry-after': '0.2' });
      return true;
    };
    expect((await list(open())).status).toBe(200);
    expect(slept).toEqual([200, 200]);
    expect(logged.join()).toContain('the system limits the rate of requests: waiting');
  });

  test('a wait too long for a call ends it with retry, and the time to wait', async () => {
    shop.before = (_, response) => (reply(response, 429, {}, { 'retry-after': '60' }), true);
    const client = open();
    const error = await errorOf(list(client));
    expect([error.disposition, error.details['retryAfterMs']]).toEqual(['retry', 60_000]);
    await errorOf(list(client));
    expect(shop.requests).toHaveLength(1);
    nowMs += 60_000;
    shop.before = () => false;
    expect((await list(client)).status).toBe(200);
  });

  test('the last request of a window is followed by silence until its reset', async () => {
    shop.before = (_, response) => (
      reply(response, 200, {}, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '0.3' }),
      true
    );
    const client = open();
    await list(client);
    await list(client);
    expect(slept).toEqual([300]);
  });

  test('the budget spreads requests, and lets no more than its number through at once', async () => {
    let [running, most] = [0, 0];
    shop.before = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((done) => setTimeout(done, 20));
      running -= 1;
      return false;
    };
    const client = open({ rate: { perSecond: 10, burst: 2, concurrency: 2 } });
    await Promise.all(Array.from({ length: 6 }, () => list(client)));
    expect(most).toBe(2);
    expect(slept).toEqual([100, 100, 100, 100]);
  });
});

describe('authentication', () => {
  const seen: (string | undefined)[] = [];
  let tokens = 0;

  beforeEach(() => {
    [seen.length, tokens] = [0, 0];
    shop.before = (request, response, url) => {
      if (url.pathname === '/token') {
        tokens += 1;
        reply(response, 200, { access_token: `token-${tokens}-${SHOP_SECRET}`, expires_in: 100 });
        return true;
      }
      seen.push(request.headers.authorization);
      return false;
    };
  });

  test.each([
    [{ kind: 'bearer', token: 'abcdef' }, 'Bearer abcdef'],
    [{ kind: 'bearer', token: 'abcdef', scheme: 'Token' }, 'Token abcdef'],
    [{ kind: 'basic', username: 'Ä', password: 'p:w' }, `Basic ${Buffer.from('Ä:p:w').toString('base64')}`],
    [{ kind: 'none' }, undefined],
  ])('%j', async (auth, header) => {
    await list(open({ auth }));
    expect(seen).toEqual([header]);
  });

  test('an API key travels in a header or in the query', async () => {
    shop.before = (request) => (seen.push(request.headers['x-key'] as string), false);
    await list(open({ auth: { kind: 'apiKey', name: 'X-Key', value: 'k-1234' } }));
    expect(seen).toEqual(['k-1234']);
    await list(open({ auth: { kind: 'apiKey', in: 'query', name: 'key', value: 'a&b=c' } }));
    expect(shop.requests.at(-1)).toBe('GET /articles?key=a%26b%3Dc');
  });

  const oauth2 = (): Record<string, unknown> => ({
    auth: {
      kind: 'oauth2',
      tokenUrl: `http://${shop.host}/token`,
      clientId: 'hub',
      clientSecret: 's p/ä&',
      scope: 'read',
    },
  });

  test('client credentials: one token for many requests, renewed before it ends', async () => {
    const client = open(oauth2());
    await Promise.all([list(client), list(client), list(client)]);
    expect([tokens, new Set(seen).size]).toEqual([1, 1]);
    expect(shop.bodies).toEqual(['grant_type=client_credentials&scope=read']);
    nowMs += 89_000;
    await list(client);
    expect(tokens).toBe(1);
    nowMs += 2_000;
    await list(client);
    expect([tokens, seen.at(-1)]).toEqual([2, `Bearer token-2-${SHOP_SECRET}`]);
  });

  test('a token refused before its time is replaced once, and no more', async () => {
    const answer = shop.before;
    let isRevoked = true;
    shop.before = (request, response, url) => {
      if (url.pathname === '/token' || !(isRevoked || request.headers.authorization?.includes('token-1')))
        return answer(request, response, url);
      reply(response, 401, {});
      return true;
    };
    const client = open(oauth2());
    expect((await errorOf(list(client))).code).toBe('HUB_SOURCE_UNAUTHORISED');
    expect([tokens, shop.requests.filter((each) => each.startsWith('GET')).length]).toEqual([2, 2]);
    isRevoked = false;
    expect((await list(client)).status).toBe(200);
  });

  test('a refused token request says what to correct', async () => {
    shop.before = (_, response) => (reply(response, 400, { error: 'invalid_client' }), true);
    const error = await errorOf(list(open(oauth2())));
    expect([error.code, error.message]).toEqual([
      'HUB_SOURCE_UNAUTHORISED',
      'The token request was refused with 400: correct clientId, clientSecret or scope under auth.',
    ]);
  });

  test('secrets are in no message and no log line, however the vendor repeats them', async () => {
    const client = open(oauth2());
    await list(client);
    shop.before = (request, response) => {
      reply(response, 500, { echo: request.headers.authorization, secret: 's p/ä&', url: request.url });
      return true;
    };
    const { message } = await errorOf(client.get({ path: `/articles/${encodeURIComponent('s p/ä&')}` }));
    expect(message).toContain('***');
    for (const text of [message, ...logged])
      for (const secret of [SHOP_SECRET, 's p/ä&', encodeURIComponent('s p/ä&')]) expect(text).not.toContain(secret);
  });
});
