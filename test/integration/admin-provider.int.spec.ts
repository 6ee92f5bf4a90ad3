import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AUDIENCE, IdentityProvider, PAGE } from '../harness/identity-provider.js';
import { AccessUnderTest } from './access-under-test.js';
import { AdminUnderTest, type Shown, type Visitor } from './admin-under-test.js';

const provider = new IdentityProvider();
beforeAll(() => provider.start());
afterAll(() => provider.stop());
const access = new AccessUnderTest();
const admin = new AdminUnderTest(access, () => ({
  oidc: { issuer: provider.issuer, audience: AUDIENCE, rolesClaim: 'realm.roles' },
  providerClient: { id: PAGE.id, secret: PAGE.secret },
  pageUrl: PAGE.url,
}));

/** Where the page sends the browser. */
async function away(visitor: Visitor, to = '/'): Promise<URL> {
  const { status, headers } = await visitor.get(`/api/provider/sign-in?to=${encodeURIComponent(to)}`);
  expect(status).toBe(302);
  return new URL(headers.get('location') ?? '');
}

/** The browser comes back to the page with what the provider sent it. */
function back(visitor: Visitor, address: URL): Promise<Shown> {
  expect(address.origin).toBe(PAGE.url);
  return visitor.get(`${address.pathname}${address.search}`);
}

const refused = { status: 302, location: '/?sign-in=HUB_UNAUTHORISED' };
const outcome = ({ status, headers }: Shown): object => ({ status, location: headers.get('location') });

describe('signing in at the identity provider', () => {
  test('leads back to the page that was asked for, with the roles of the claim', async () => {
    provider.people.set('ann', ['viewer', 'approver']);
    const visitor = admin.visitor();
    expect((await visitor.get('/api/sign-in')).body).toEqual({ provider: provider.issuer });
    const address = await away(visitor, '/drift?open=1');
    expect(Object.fromEntries(address.searchParams)).toMatchObject({
      ...{ response_type: 'code', code_challenge_method: 'S256', redirect_uri: `${PAGE.url}/api/provider/callback` },
      ...{ state: expect.stringMatching(/.{20,}/), nonce: expect.stringMatching(/.{20,}/) },
    });
    const shown = await back(visitor, await provider.signIn(address.href, 'ann'));
    expect(outcome(shown)).toEqual({ status: 302, location: '/drift?open=1' });
    const [session, signIn] = shown.headers.getSetCookie();
    expect(session).toMatch(/^plumbline_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
    expect(signIn).toMatch(/^plumbline_sign_in=; .*Max-Age=0$/);
    expect((await visitor.get('/api/session')).body).toMatchObject({
      ...{ subject: `${provider.issuer}#ann`, name: 'ann of the provider', roles: ['viewer', 'approver'] },
    });
  });

  test('nobody has a password of the page’s own then, unless the CLI made one', async () => {
    expect(admin.told).toBe('');
    expect((await (await admin.person('local', 'viewer')).get('/api/session')).body).toMatchObject({
      subject: 'web:local',
    });
  });

  test('who has no role there is signed in and may do nothing', async () => {
    const visitor = admin.visitor();
    await back(visitor, await provider.signIn((await away(visitor)).href, 'nobody'));
    expect((await visitor.get('/api/session')).body).toMatchObject({ roles: [], permissions: [] });
    expect((await visitor.get('/api/overview')).status).toBe(403);
  });

  test('an answer counts once, and only for the browser that went', async () => {
    const [visitor, thief] = [admin.visitor(), admin.visitor()];
    const address = await provider.signIn((await away(visitor)).href, 'ann');
    expect(outcome(await back(thief, address))).toEqual(refused);
    await away(thief);
    expect(outcome(await back(thief, address))).toEqual(refused);
    const kept = new Map(visitor.cookies);
    expect(outcome(await back(visitor, address))).toEqual({ status: 302, location: '/' });
    const again = admin.visitor();
    for (const [name, value] of kept) again.cookies.set(name, value);
    expect(outcome(await back(again, address))).toEqual(refused);
    expect((await again.get('/api/session')).status).toBe(401);
  });

  test.each([
    ['another state', (address: URL) => address.searchParams.set('state', 'another')],
    ['a code of nobody', (address: URL) => address.searchParams.set('code', 'guessed')],
    ['another issuer', (address: URL) => address.searchParams.set('iss', 'https://evil.test')],
    ['a refusal', (address: URL) => (address.searchParams.delete('code'), address.searchParams.set('error', 'denied'))],
  ])('%s signs nobody in', async (_name, change) => {
    const visitor = admin.visitor();
    const address = await provider.signIn((await away(visitor)).href, 'ann');
    change(address);
    expect(outcome(await back(visitor, address))).toEqual(refused);
    expect((await visitor.get('/api/session')).status).toBe(401);
  });

  test.each(['https://evil.test', '//evil.test', '/\\evil.test', 'javascript:alert(1)', '/\r\nx: y'])(
    'leads to no other site: %j',
    async (to) => {
      const answer = await admin.visitor().get(`/api/provider/sign-in?to=${encodeURIComponent(to)}`);
      expect(answer).toMatchObject({ status: 400, body: { code: 'HUB_REQUEST_INVALID' } });
    },
  );

  test('signing out ends the session here, and names where it ends at the provider', async () => {
    const visitor = admin.visitor();
    await back(visitor, await provider.signIn((await away(visitor)).href, 'ann'));
    visitor.csrfToken = String((await visitor.get('/api/session')).body['csrfToken']);
    const { status, body } = await visitor.post('/api/logout', {});
    expect(status).toBe(200);
    expect(new URL(String(body['next']))).toMatchObject({ origin: provider.issuer, pathname: '/session/end' });
    expect((await visitor.get('/api/session')).status).toBe(401);
  });
});
