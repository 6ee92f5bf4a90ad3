import { createHmac, createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { Access, BearerAuthenticator, BUILT_IN_ROLES, OidcTokens, Permission, type RequestAccess } from '#auth';
import { silentLogger } from '#kernel';
import { createMetrics, serveHttpApp, type RunningApp } from '#observability';
import { eventually } from '#testing';
import { exportJWK, generateKeyPair, importJWK, SignJWT, UnsecuredJWT, type JWTPayload } from 'jose';
import { AUDIENCE, IdentityProvider } from '../harness/identity-provider.js';

const provider = new IdentityProvider();
const COOLDOWN_MS = 1_000;

@Controller()
class WhoController {
  @Permission('hold:approve')
  @Get('who')
  who(@Access() access: RequestAccess): unknown {
    return access.principal;
  }
}

@Module({ controllers: [WhoController] })
class WhoModule {}

/** Tokens of the provider: what its own endpoint issues, and what others make of it. */
function claims(change: JWTPayload = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  const good = { iss: provider.issuer, aud: AUDIENCE, sub: 'ann', iat: now, exp: now + 60 };
  return { ...good, realm: { roles: ['approver'] }, ...change };
}

const signed = (payload: JWTPayload, header: Record<string, unknown> = {}): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: 'RS256', kid: provider.keyId, ...header }).sign(provider.privateKey);

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** HS256 over the public key's text: what a verifier takes that lets the token choose its algorithm. */
function confused(): string {
  const [jwk] = provider.publicKeys;
  const pem = createPublicKey({ key: { ...jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const text = `${part({ alg: 'HS256', kid: provider.keyId })}.${part(claims())}`;
  return `${text}.${createHmac('sha256', pem).update(text).digest('base64url')}`;
}

async function embedded(): Promise<string> {
  const pair = await generateKeyPair('RS256', { extractable: true });
  const jwk = await exportJWK(pair.publicKey);
  return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', jwk }).sign(pair.privateKey);
}

/** Names a key set of the intruder's own. */
async function elsewhere(): Promise<string> {
  const pair = await generateKeyPair('RS256');
  const jku = `${provider.issuer}/jwks-of-the-intruder`;
  return new SignJWT(claims()).setProtectedHeader({ alg: 'RS256', kid: provider.keyId, jku }).sign(pair.privateKey);
}

function critical(): Promise<string> {
  const header = { alg: 'RS256', kid: provider.keyId, crit: ['exp-policy'], 'exp-policy': 1 };
  return new SignJWT(claims()).setProtectedHeader(header).sign(provider.privateKey, { crit: { 'exp-policy': true } });
}

async function changed(): Promise<string> {
  const [header, , signature] = (await signed(claims({ realm: { roles: ['viewer'] } }))).split('.');
  return [header, part(claims({ realm: { roles: ['admin'] } })), signature].join('.');
}

const WRONG: Readonly<Record<string, () => Promise<string> | string>> = {
  'alg none': () => new UnsecuredJWT(claims()).encode(),
  'HS256 with the public key': confused,
  'a key of its own in the header': embedded,
  'a key set of its own in the header': elsewhere,
  'a critical header that nobody knows': critical,
  'claims changed after signing': changed,
  'another audience': () => signed(claims({ aud: 'https://other.test' })),
  'no audience': () => signed(claims({ aud: undefined as never })),
  'another issuer': () => signed(claims({ iss: 'https://evil.test' })),
  expired: () => signed(claims({ exp: Math.floor(Date.now() / 1000) - 6 })),
  'no end': () => signed(claims({ exp: undefined as never })),
  'not yet': () => signed(claims({ nbf: Math.floor(Date.now() / 1000) + 60 })),
  'no subject': () => signed(claims({ sub: undefined as never })),
  'PS256, which is not on the list': async () =>
    new SignJWT(claims())
      .setProtectedHeader({ alg: 'PS256', kid: provider.keyId })
      .sign(await importJWK(await exportJWK(provider.privateKey), 'PS256')),
};

describe('access tokens of a provider', () => {
  let tokens: OidcTokens;
  let app: RunningApp;
  beforeAll(async () => {
    await provider.start();
    const settings = { issuer: provider.issuer, audience: AUDIENCE, rolesClaim: 'realm.roles' };
    tokens = new OidcTokens(settings, { cooldownMs: COOLDOWN_MS });
    const access = {
      authenticator: new BearerAuthenticator({ serviceToken: 'the-service-token', oidc: tokens }),
      roles: BUILT_IN_ROLES,
    };
    const options = { host: '127.0.0.1', port: 0, token: 'unused-here-at-all', logger: silentLogger, ready: {} };
    app = await serveHttpApp(WhoModule, { ...options, metrics: createMetrics({ processMetrics: false }), access });
  });
  afterAll(async () => {
    await app.close();
    await provider.stop();
  });
  const call = async (token: string): Promise<readonly [number, unknown]> => {
    const response = await fetch(`${app.url}/who`, { headers: { authorization: `Bearer ${token}` } });
    return [response.status, await response.json()];
  };

  test('what the provider itself issues opens with the roles of its claim', async () => {
    const ann = { subject: `${provider.issuer}#people`, name: 'Ann', kind: 'person', roles: ['viewer', 'approver'] };
    expect(await call(await provider.issue())).toEqual([200, ann]);
    expect(await call(await provider.issue('https://other.test/api'))).toMatchObject([
      401,
      { code: 'HUB_UNAUTHORISED' },
    ]);
  });

  test('a good token of this test passes: what is refused below is refused for its one fault', async () => {
    expect(await call(await signed(claims()))).toMatchObject([200, { roles: ['approver'] }]);
    expect(await call(await signed(claims({ exp: Math.floor(Date.now() / 1000) - 3 })))).toMatchObject([200, {}]);
    expect(await call(await signed(claims({ realm: { roles: ['viewer'] } })))).toMatchObject([
      403,
      { code: 'HUB_FORBIDDEN' },
    ]);
    expect(await call(await signed(claims({ realm: 'approver viewer' })))).toMatchObject([403, {}]);
  });

  test.each(Object.keys(WRONG))('refuses %s', async (fault) => {
    const token = (await WRONG[fault]?.()) ?? '';
    expect(await call(token)).toMatchObject([401, { code: 'HUB_UNAUTHORISED' }]);
  });

  test('200 unknown keys fetch nothing while the last fetch is young', async () => {
    await eventually(async () => expect(await tokens.verify(await signed(claims()))).not.toBeNull(), {
      timeoutMs: 10_000,
    });
    const fresh = new OidcTokens({ issuer: provider.issuer, audience: AUDIENCE, rolesClaim: 'realm.roles' });
    expect(await fresh.verify(await signed(claims()))).not.toBeNull();
    const before = provider.keyFetches;
    const flood = await Promise.all(
      Array.from({ length: 200 }, (_, index) => signed(claims(), { kid: `unknown-${index}` })),
    );
    expect(new Set(await Promise.all(flood.map((token) => fresh.verify(token))))).toEqual(new Set([null]));
    expect(provider.keyFetches - before).toBe(0);
  });

  test('a rotated key is taken when the cool-down is over, and the old one no more', async () => {
    const old = await signed(claims());
    expect(await tokens.verify(old)).not.toBeNull();
    await provider.rotate();
    const rotated = await signed(claims());
    await eventually(async () => expect(await tokens.verify(rotated)).not.toBeNull(), { timeoutMs: 10_000 });
    expect(await tokens.verify(old)).toBeNull();
  });

  test('a provider that can not be reached is no fault of the token: 503, and it passes when the provider is back', async () => {
    const away = new OidcTokens({ issuer: 'http://127.0.0.1:9', audience: AUDIENCE, rolesClaim: 'roles' });
    await expect(away.verify(await signed(claims()))).rejects.toMatchObject({
      code: 'HUB_IDENTITY_UNREACHABLE',
      disposition: 'retry',
    });
    const noKeys = {
      issuer: provider.issuer,
      audience: AUDIENCE,
      rolesClaim: 'roles',
      jwksUrl: `${provider.issuer}/none`,
    };
    await expect(new OidcTokens(noKeys).verify(await signed(claims()))).rejects.toMatchObject({
      code: 'HUB_IDENTITY_UNREACHABLE',
    });
  });
});
