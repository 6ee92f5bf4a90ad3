import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { HubError } from '#kernel';
import { vaultSettingsFrom } from './vault-settings.js';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-vault-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const VAULT_ADDR = 'https://vault.example.com:8200';
const CANARY = 'canary-8a11';

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

function problemOf(env: Readonly<Record<string, string>>): string {
  try {
    vaultSettingsFrom(env);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    expect(error.code).toBe('HUB_CONFIG_INVALID');
    expect(error.message).not.toContain(CANARY);
    return error.message.split('\n  ').slice(1).join('; ');
  }
  throw new Error('nothing was thrown');
}

test('without an address there is no vault, whatever else is set', () => {
  expect(vaultSettingsFrom({ VAULT_TOKEN: CANARY })).toBeNull();
});

test('a token, a file of one, and an AppRole each show who asks', () => {
  const authOf = (env: Readonly<Record<string, string>>): unknown => vaultSettingsFrom({ VAULT_ADDR, ...env })?.auth;
  expect(authOf({ VAULT_TOKEN: 'hvs.1' })).toEqual({ token: 'hvs.1' });
  expect(authOf({ VAULT_TOKEN_FILE: fileOf('token', 'hvs.2\n') })).toEqual({ token: 'hvs.2' });
  expect(authOf({ VAULT_ROLE_ID: 'erp', VAULT_SECRET_ID: 's' })).toEqual({ roleId: 'erp', secretId: 's' });
  expect(authOf({ VAULT_ROLE_ID: 'erp', VAULT_SECRET_ID_FILE: fileOf('id', 't\n') })).toEqual({
    roleId: 'erp',
    secretId: 't',
  });
});

test('namespace and authority are handed on', () => {
  const env = {
    VAULT_ADDR,
    VAULT_TOKEN: 'hvs.1',
    VAULT_NAMESPACE: 'shops/eu',
    VAULT_CACERT: fileOf('ca.pem', 'PEM\n'),
  };
  expect(vaultSettingsFrom(env)).toMatchObject({ namespace: 'shops/eu', ca: 'PEM' });
});

test.each([
  [{ VAULT_ADDR: 'http://vault.example.com:8200' }, 'VAULT_ADDR: must be https, but for a server on this machine'],
  [{ VAULT_ADDR: `https://me:${CANARY}@vault` }, 'VAULT_ADDR: carries no credentials'],
  [{ VAULT_ADDR, VAULT_TOKEN: `${CANARY} x` }, 'VAULT_TOKEN: must be printable ASCII without spaces'],
  [{ VAULT_ADDR }, 'VAULT_ADDR: is set, so one of VAULT_TOKEN, VAULT_TOKEN_FILE, VAULT_ROLE_ID must be set'],
  [{ VAULT_ADDR, VAULT_TOKEN: CANARY, VAULT_ROLE_ID: 'x' }, 'VAULT_TOKEN and VAULT_ROLE_ID: are both set; keep one'],
  [{ VAULT_ADDR, VAULT_TOKEN_FILE: '/none' }, 'VAULT_TOKEN_FILE: its file cannot be read'],
  [{ VAULT_ADDR, VAULT_TOKEN: CANARY, VAULT_CACERT: '/none' }, 'VAULT_CACERT: its file cannot be read'],
  [
    { VAULT_ADDR, VAULT_ROLE_ID: 'x', VAULT_SECRET_ID: CANARY, VAULT_SECRET_ID_FILE: '/none' },
    'VAULT_SECRET_ID and VAULT_SECRET_ID_FILE: are both set; keep one',
  ],
])('what is wrong is told by name, and no value: %j', (env, problem) => {
  expect(problemOf(env)).toBe(problem);
});

test('an empty file holds no token', () => {
  expect(problemOf({ VAULT_ADDR, VAULT_TOKEN_FILE: fileOf('empty', '\n') })).toBe('VAULT_TOKEN_FILE: holds no token');
});
