import { describe, expect, test } from '@jest/globals';
import type { Resolve } from '#outbound-http';
import { ClientUnderTest, errorOf, list } from '../../test/harness/client-under-test.js';
import { reply } from '../../test/harness/small-shop.js';

const rest = new ClientUnderTest();

describe('errors', () => {
  test.each([
    [401, 'HUB_SOURCE_UNAUTHORISED', /credentials are refused: correct them under auth/],
    [403, 'HUB_SOURCE_UNAUTHORISED', /may not do this: give this account the right/],
    [500, 'HUB_SOURCE_ERROR', /answered 500: .*broken/],
    [503, 'HUB_SOURCE_ERROR', /answered 503/],
  ])('%i is %s, in one sentence that says what to do', async (status, code, message) => {
    rest.shop.before = (_, response) => (reply(response, status, { error: 'broken' }), true);
    const error = await errorOf(list(rest.open()));
    expect([error.code, error.details['status']]).toEqual([code, status]);
    expect(error.message).toMatch(message);
  });

  test.each([400, 404, 409, 412, 422])('%i is left to the caller', async (status) => {
    rest.shop.before = (_, response) => (reply(response, status, { error: 'no' }), true);
    expect(await list(rest.open())).toMatchObject({ status, body: { error: 'no' } });
  });

  test('silence, a cut answer, prose and a body above the cap are told apart', async () => {
    rest.shop.before = () => true;
    expect(await errorOf(list(rest.open()))).toMatchObject({ code: 'HUB_SOURCE_TIMEOUT', details: { sent: true } });
    rest.shop.before = (request) => (request.socket.destroy(), true);
    expect(await errorOf(list(rest.open()))).toMatchObject({ code: 'HUB_SOURCE_UNREACHABLE', details: { sent: true } });
    rest.shop.before = (_, response) => (response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'), true);
    expect((await errorOf(list(rest.open()))).message).toMatch(
      /no JSON \(text\/html\): see whether baseUrl leads to the API/,
    );
    rest.shop.before = (_, response) => (reply(response, 200, 'x'.repeat(2_000)), true);
    const large = await errorOf(list(rest.open({ maxResponseBytes: 1_000 })));
    expect([large.code, large.message]).toEqual(['HUB_CONFIG_INVALID', expect.stringContaining('maxResponseBytes')]);
  });

  test('an unreachable host, an unknown one and a forbidden one say what to do', async () => {
    const nobody = rest.open({ baseUrl: 'http://127.0.0.1:1', allowedHosts: ['127.0.0.1'] });
    expect(await errorOf(list(nobody))).toMatchObject({
      code: 'HUB_SOURCE_UNREACHABLE',
      message: expect.stringContaining('start the system or correct the port'),
      details: { sent: false },
    });
    const unknown: Resolve = async () => Promise.reject(Object.assign(new Error('x'), { code: 'ENOTFOUND' }));
    expect((await errorOf(list(rest.open({ baseUrl: 'https://no.example' }, unknown)))).message).toMatch(
      /its name is unknown/,
    );
    expect(await errorOf(list(rest.open({ allowedHosts: [] })))).toMatchObject({
      code: 'HUB_CONFIG_INVALID',
      message: expect.stringContaining('allowedHosts'),
    });
  });
});

describe('redirects', () => {
  test('a read follows on its own host, not in a circle, and never to another host', async () => {
    rest.shop.add('A');
    const client = rest.open();
    rest.shop.before = (_, response, url) => {
      if (url.pathname !== '/old') return false;
      response.writeHead(301, { location: '/articles' }).end();
      return true;
    };
    expect((await client.get({ path: '/old' })).status).toBe(200);
    rest.shop.before = (_, response) => (response.writeHead(302, { location: '/articles' }).end(), true);
    expect((await errorOf(list(client))).message).toMatch(/in a circle/);
    rest.shop.before = (_, response) => (
      response.writeHead(302, { location: `http://${rest.other.host}/articles` }).end(),
      true
    );
    expect((await errorOf(list(client))).message).toMatch(/put the final address into baseUrl/);
    expect(rest.other.requests).toEqual([]);
  });

  test('a write is not redirected, and an address in an answer stays on the host', async () => {
    const client = rest.open();
    rest.shop.before = (_, response) => (response.writeHead(307, { location: '/articles' }).end(), true);
    await errorOf(client.write({ method: 'POST', path: '/articles', body: {} }));
    expect(rest.shop.requests).toHaveLength(1);
    expect((await errorOf(client.get({ path: `http://${rest.other.host}/articles` }))).code).toBe('HUB_SOURCE_SCHEMA');
    expect(rest.other.requests).toEqual([]);
  });
});
