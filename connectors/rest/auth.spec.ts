import { beforeEach, describe, expect, test } from '@jest/globals';
import { ClientUnderTest, errorOf, list } from '../../test/harness/client-under-test.js';
import { reply, SHOP_SECRET } from '../../test/harness/small-shop.js';

const rest = new ClientUnderTest();

describe('authentication', () => {
  const seen: (string | undefined)[] = [];
  let tokens = 0;

  beforeEach(() => {
    [seen.length, tokens] = [0, 0];
    rest.shop.before = (request, response, url) => {
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
    await list(rest.open({ auth }));
    expect(seen).toEqual([header]);
  });

  test('an API key travels in a header or in the query', async () => {
    rest.shop.before = (request) => (seen.push(request.headers['x-key'] as string), false);
    await list(rest.open({ auth: { kind: 'apiKey', name: 'X-Key', value: 'k-1234' } }));
    expect(seen).toEqual(['k-1234']);
    await list(rest.open({ auth: { kind: 'apiKey', in: 'query', name: 'key', value: 'a&b=c' } }));
    expect(rest.shop.requests.at(-1)).toBe('GET /articles?key=a%26b%3Dc');
  });

  const oauth2 = (): Record<string, unknown> => ({
    auth: {
      kind: 'oauth2',
      tokenUrl: `http://${rest.shop.host}/token`,
      clientId: 'hub',
      clientSecret: 's p/ä&',
      scope: 'read',
    },
  });

  test('client credentials: one token for many requests, renewed before it ends', async () => {
    const client = rest.open(oauth2());
    await Promise.all([list(client), list(client), list(client)]);
    expect([tokens, new Set(seen).size]).toEqual([1, 1]);
    expect(rest.shop.bodies).toEqual(['grant_type=client_credentials&scope=read']);
    rest.nowMs += 89_000;
    await list(client);
    expect(tokens).toBe(1);
    rest.nowMs += 2_000;
    await list(client);
    expect([tokens, seen.at(-1)]).toEqual([2, `Bearer token-2-${SHOP_SECRET}`]);
  });

  test('a token refused before its time is replaced once, and no more', async () => {
    const answer = rest.shop.before;
    let isRevoked = true;
    rest.shop.before = (request, response, url) => {
      if (url.pathname === '/token' || !(isRevoked || request.headers.authorization?.includes('token-1')))
        return answer(request, response, url);
      reply(response, 401, {});
      return true;
    };
    const client = rest.open(oauth2());
    expect((await errorOf(list(client))).code).toBe('HUB_SOURCE_UNAUTHORISED');
    expect([tokens, rest.shop.requests.filter((each) => each.startsWith('GET')).length]).toEqual([2, 2]);
    isRevoked = false;
    expect((await list(client)).status).toBe(200);
  });

  test('a refused token request says what to correct', async () => {
    rest.shop.before = (_, response) => (reply(response, 400, { error: 'invalid_client' }), true);
    const error = await errorOf(list(rest.open(oauth2())));
    expect([error.code, error.message]).toEqual([
      'HUB_SOURCE_UNAUTHORISED',
      'The token request was refused with 400: correct clientId, clientSecret or scope under auth.',
    ]);
  });

  test('secrets are in no message and no log line, however the vendor repeats them', async () => {
    const client = rest.open(oauth2());
    await list(client);
    rest.shop.before = (request, response) => {
      reply(response, 500, { echo: request.headers.authorization, secret: 's p/ä&', url: request.url });
      return true;
    };
    const { message } = await errorOf(client.get({ path: `/articles/${encodeURIComponent('s p/ä&')}` }));
    expect(message).toContain('***');
    for (const text of [message, ...rest.logged])
      for (const secret of [SHOP_SECRET, 's p/ä&', encodeURIComponent('s p/ä&')]) expect(text).not.toContain(secret);
  });
});
