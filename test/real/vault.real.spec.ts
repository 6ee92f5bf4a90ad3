import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findVaultSecrets, type VaultFindings, type VaultSettings, type WantedSecret } from '#secrets';
import { unique } from '../harness/servers.js';
import { systemAddress } from '../harness/systems.js';
import { VaultAdmin, type AppRole } from './vault-admin.js';

const PLACE = 'systems.erp.config.password';
/** Seen in no message, whatever goes wrong. */
const CANARY = unique('canary');

/** What went wrong, for one secret. */
interface Told {
  readonly code: string;
  readonly message: string;
}

describe('secrets in OpenBao', () => {
  const address = new URL(systemAddress('OPENBAO_URL'));
  const url = new URL(address.origin);
  const admin = new VaultAdmin(url, address.password);
  const folder = unique('test');
  const of = (name: string): string => `secret/data/${folder}/${name}`;

  const look = (
    wanted: readonly Omit<WantedSecret, 'place'>[],
    settings: Partial<VaultSettings> = {},
  ): Promise<VaultFindings> =>
    findVaultSecrets(
      wanted.map((secret) => ({ ...secret, place: PLACE })),
      { url, auth: { token: admin.token }, ...settings },
      { waitMs: 0 },
    );
  const find = async (path: string, field: string, settings?: Partial<VaultSettings>): Promise<string | null> =>
    (await look([{ path, field }], settings)).find({ path, field });
  const problemOf = async (path: string, field: string, settings?: Partial<VaultSettings>): Promise<Told> => {
    const { problems } = await look([{ path, field }], settings);
    expect(problems.map(({ places }) => places)).toEqual([[PLACE]]);
    const [{ error } = { error: null }] = problems;
    if (!error) throw new Error('nothing was told');
    expect(JSON.stringify([error.message, error.details, error.cause])).not.toContain(CANARY);
    return { code: error.code, message: error.message };
  };

  beforeAll(async () => {
    await admin.put(`${folder}/erp`, { password: CANARY, port: 5432 });
  });
  afterAll(() => admin.close());

  test('a field of KV version 2 is that of the newest version', async () => {
    expect(await find(of('erp'), 'password')).toBe(CANARY);
    await admin.put(`${folder}/turned`, { password: 'old' });
    await admin.put(`${folder}/turned`, { password: 'new' });
    expect(await find(of('turned'), 'password')).toBe('new');
  });

  test('a field of KV version 1 is read the same, even where it has the names of version 2', async () => {
    const mount = unique('kv1');
    await admin.call('POST', `sys/mounts/${mount}`, { type: 'kv', options: { version: '1' } });
    await admin.call('POST', `${mount}/erp`, { password: CANARY, data: 'plain', metadata: 'too' });
    expect(await find(`${mount}/erp`, 'password')).toBe(CANARY);
    expect(await find(`${mount}/erp`, 'data')).toBe('plain');
    await admin.call('DELETE', `sys/mounts/${mount}`);
  });

  test('names with spaces, umlauts and marks are found', async () => {
    const name = `${folder}/Lager Süd+1&2`;
    await admin.call('POST', `secret/data/${encodeURIComponent(name)}`, { data: { 'api key#1': CANARY } });
    expect(await find(`secret/data/${name}`, 'api key#1')).toBe(CANARY);
  });

  test('a secret that is not there, was deleted, or lacks the field is told by path and field', async () => {
    const host = url.host;
    const code = 'HUB_VAULT_SECRET_MISSING';
    expect(await problemOf(of('none'), 'password')).toEqual({
      code,
      message: `The vault at ${host} has no secret at ${of('none')}.`,
    });
    await admin.put(`${folder}/gone`, { password: CANARY });
    await admin.call('DELETE', of('gone'));
    expect(await problemOf(of('gone'), 'password')).toMatchObject({ code });
    expect(await problemOf(`secret/${folder}/erp`, 'password')).toMatchObject({ code });
    expect(await problemOf('nomount/data/erp', 'password')).toMatchObject({ code });
    expect(await problemOf(of('erp'), 'pasword')).toEqual({
      code,
      message: `The secret ${of('erp')} in the vault has no field pasword.`,
    });
    expect(await problemOf(of('erp'), 'toString')).toMatchObject({ code });
    expect((await problemOf(of('erp'), 'port')).message).toContain('is no text');
  });

  test('a token reads what its policy allows; another path, and a token of nobody, are refused', async () => {
    const token = await admin.tokenFor(unique('policy'), of('erp'));
    const auth = { token };
    expect(await find(of('erp'), 'password', { auth })).toBe(CANARY);
    await admin.put(`${folder}/shop`, { password: CANARY });
    const refused = await problemOf(of('shop'), 'password', { auth });
    expect(refused).toEqual({
      code: 'HUB_VAULT_REFUSED',
      message: `The vault at ${url.host} does not show ${of('shop')}: the token is not valid, or its policy may not read there.`,
    });
    expect(await problemOf(of('erp'), 'password', { auth: { token: CANARY } })).toMatchObject({
      code: 'HUB_VAULT_REFUSED',
    });
  });

  test('one secret that is refused leaves the others found', async () => {
    const token = await admin.tokenFor(unique('policy'), of('erp'));
    const erp = { path: of('erp'), field: 'password' };
    const findings = await look([{ path: of('else'), field: 'x' }, erp], { auth: { token } });
    expect(findings.find(erp)).toBe(CANARY);
    expect(findings.problems.map(({ error }) => error.code)).toEqual(['HUB_VAULT_REFUSED']);
  });

  test('an AppRole gets its own token; with a wrong secret id, or as nobody, none', async () => {
    const auth: AppRole = await admin.appRoleFor(unique('role'), of('erp'));
    expect(await find(of('erp'), 'password', { auth })).toBe(CANARY);
    const forged = { ...auth, secretId: CANARY };
    for (const wrong of [forged, { roleId: unique('nobody'), secretId: auth.secretId }, { roleId: auth.roleId }])
      expect(await problemOf(of('erp'), 'password', { auth: wrong })).toEqual({
        code: 'HUB_VAULT_REFUSED',
        message: `The vault at ${url.host} gives the AppRole no token: VAULT_ROLE_ID or VAULT_SECRET_ID is not valid there.`,
      });
  });

  test('a namespace has secrets of its own', async () => {
    const namespace = unique('team');
    await admin.call('POST', `sys/namespaces/${namespace}`, {});
    await admin.call('POST', 'sys/mounts/secret', { type: 'kv', options: { version: '2' } }, namespace);
    await admin.put('erp', { password: 'of the team' }, namespace);
    expect(await find('secret/data/erp', 'password', { namespace })).toBe('of the team');
    expect(await problemOf('secret/data/erp', 'password')).toMatchObject({ code: 'HUB_VAULT_SECRET_MISSING' });
  });
});
