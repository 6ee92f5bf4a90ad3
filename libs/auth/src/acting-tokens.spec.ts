import { createHmac } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { UnsecuredJWT } from 'jose';
import { ActingTokens, ACTING_PREFIX, BearerAuthenticator, type Principal } from './index.js';

const ANN: Principal = { subject: 'web:ann', name: 'Ann', kind: 'person', roles: ['approver'] };
const TOKEN = 'the-service-token';

describe('tokens of who acts by another app', () => {
  test('prove the same person to every service of the hub, and to no other hub', async () => {
    const token = await new ActingTokens(TOKEN).issue(ANN);
    const found = await new BearerAuthenticator({ serviceToken: TOKEN }).authenticate(token);
    expect(found).toEqual({ ...ANN, isVouchedFor: true });
    expect(await new BearerAuthenticator({ serviceToken: 'of another hub' }).authenticate(token)).toBeNull();
    const key: Principal = { subject: 'key:plk_x', name: 'ci', kind: 'apiKey', roles: [], owner: 'ann' };
    const tokens = new ActingTokens(TOKEN);
    expect(await tokens.verify(await tokens.issue(key))).toMatchObject({ kind: 'apiKey', owner: 'ann' });
  });

  test('end after a minute', async () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const tokens = new ActingTokens(TOKEN, { nowMs: () => nowMs, sleep: async () => undefined });
    const token = await tokens.issue(ANN);
    nowMs += 80_000;
    expect(await tokens.verify(token)).not.toBeNull(); // clocks differ by up to half a minute
    nowMs += 20_000;
    expect(await tokens.verify(token)).toBeNull();
  });

  test('the service itself is not acted for, whoever signs it', async () => {
    const tokens = new ActingTokens(TOKEN);
    const service = { subject: 'service', name: 'service', kind: 'service', roles: ['admin'] } as const;
    expect(await tokens.verify(await tokens.issue(service))).toBeNull();
  });

  test('forged ones prove nothing: no signature, another key, claims changed, no prefix', async () => {
    const tokens = new ActingTokens(TOKEN);
    const [, good = ''] = (await tokens.issue(ANN)).split(ACTING_PREFIX);
    const [header = '', payload = '', signature = ''] = good.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const raised = Buffer.from(JSON.stringify({ ...claims, roles: ['admin'] })).toString('base64url');
    const bySecret = createHmac('sha256', TOKEN).update(`${header}.${raised}`).digest('base64url');
    for (const forged of [
      new UnsecuredJWT(claims).encode(),
      `${header}.${raised}.${signature}`,
      `${header}.${raised}.${bySecret}`,
      `${header}.${payload}.`,
    ])
      expect(await tokens.verify(`${ACTING_PREFIX}${forged}`)).toBeNull();
    expect(await tokens.verify(good)).toBeNull();
  });
});
