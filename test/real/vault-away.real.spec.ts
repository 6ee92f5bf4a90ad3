import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { below, openHubFile } from '#config';
import { HubError, silentLogger } from '#kernel';
import { eventually } from '#testing';
import { OwnVault } from './own-vault.js';

jest.setTimeout(120_000);

const HUB_FILE = `hub: { name: demo }
systems:
  erp:
    connector: sql
    config: { url: 'postgres://erp:\${vault:secret/data/erp#password}@localhost/erp', note: '\${vault:secret/data/erp#note}' }
    entities: { product: { source: p, key: [sku], fields: { ean: ean } } }
  shop:
    connector: sql
    config: { url: '\${vault:secret/data/erp#password}' }
    entities: { product: { source: p, key: [sku], fields: { ean: ean } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`;
const RIGHT = 'postgres://erp:sesame@localhost/erp';

/** One vault, sealed, killed and started again by these tests in turn. */
describe('a vault that is away or sealed', () => {
  const vault = new OwnVault();
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-vault-file-'));
  const path = join(folder, 'plumbline.yaml');
  let waits: string[] = [];
  const logger = {
    ...silentLogger,
    warn: (facts: Readonly<Record<string, unknown>>) => void waits.push(String(facts['code'])),
  };

  const environment = (more: Readonly<Record<string, string>> = {}): Record<string, string> => ({
    ...{ VAULT_ADDR: vault.url.href, VAULT_TOKEN: vault.admin.token, VAULT_CACERT: vault.authority.caFile },
    ...more,
  });
  const open = async (waitMs: number, more?: Readonly<Record<string, string>>): Promise<unknown> => {
    const file = await openHubFile(path, { needs: below('systems.erp'), logger, waitMs, env: environment(more) });
    return file.systems[0]?.config['url'];
  };
  const problemOf = async (work: Promise<unknown>): Promise<HubError> => {
    const error = await work.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!(error instanceof HubError)) throw new Error(`no HubError: ${String(error)}`);
    return error;
  };

  beforeAll(async () => {
    writeFileSync(path, HUB_FILE);
    await vault.create();
    await vault.initialise();
    await vault.admin.put('erp', { password: 'sesame', note: 'x' });
  });
  beforeEach(() => {
    waits = [];
  });
  afterAll(async () => {
    await vault.drop();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a secret that is read for one system stays a reference in the settings of another', async () => {
    const file = await openHubFile(path, { needs: below('systems.erp'), logger, env: environment() });
    expect(file.systems.map(({ config }) => config['url'])).toEqual([RIGHT, '${vault:secret/data/erp#password}']);
  });

  test('its certificate is trusted by VAULT_CACERT, and by nothing else', async () => {
    expect(await open(0)).toBe(RIGHT);
    const error = await problemOf(open(0, { VAULT_CACERT: '' }));
    expect(error.code).toBe('HUB_VAULT_UNREACHABLE');
    expect(error.message).toContain('can not be trusted');
  });

  test('sealed it is told at once to whoever does not wait, with every place that does without', async () => {
    await vault.seal();
    const error = await problemOf(open(0));
    expect(error).toMatchObject({ code: 'HUB_VAULT_SEALED', disposition: 'retry' });
    expect(error.message).toContain(
      `systems.erp.config.url, systems.erp.config.note: HUB_VAULT_SEALED: The vault at ${vault.url.host} is sealed.`,
    );
    expect(waits).toEqual([]);
  });

  test('unsealed while it is waited for, it is read; the wait is told once', async () => {
    const opening = open(30_000);
    await eventually(() => expect(waits).not.toEqual([]), { timeoutMs: 10_000 });
    await vault.unseal();
    expect(await opening).toBe(RIGHT);
    expect(waits).toEqual(['HUB_VAULT_SEALED']);
  });

  test('killed, started again and unsealed while it is waited for, it is read', async () => {
    await vault.kill();
    const opening = open(60_000);
    await vault.start();
    await vault.unseal();
    expect(await opening).toBe(RIGHT);
    expect(waits).toEqual(['HUB_VAULT_UNREACHABLE']);
  });

  test('the wait has an end', async () => {
    await vault.kill();
    const begin = performance.now();
    const error = await problemOf(open(2_000));
    expect(error).toMatchObject({ code: 'HUB_VAULT_UNREACHABLE', disposition: 'retry' });
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(waits).toEqual(['HUB_VAULT_UNREACHABLE']);
  });
});
