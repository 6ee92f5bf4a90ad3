import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExplainReport } from '#contracts';
import { eventually } from '#testing';
import { SYSTEMS } from '../faults/stores.js';
import { TestHub } from '../faults/test-hub.js';
import { unique } from '../harness/servers.js';
import { systemAddress } from '../harness/systems.js';
import { VaultAdmin, type AppRole } from './vault-admin.js';

jest.setTimeout(180_000);

/** Processes of a hub whose systems' addresses are in OpenBao. They need `npm run build`. */
describe('a hub with its secrets in a vault', () => {
  const address = new URL(systemAddress('OPENBAO_URL'));
  const admin = new VaultAdmin(new URL(address.origin), address.password);
  const name = unique('hub');
  const folder = mkdtempSync(join(tmpdir(), 'plumbline-vault-hub-'));
  const path = (system: string): string => `secret/data/${name}/${system}`;
  let place: TestHub;
  let roles: Readonly<Record<'erp' | 'shop', AppRole>>;

  const as = ({ roleId, secretId }: AppRole): Readonly<Record<string, string>> => ({
    ...{ VAULT_ADDR: address.origin, VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: secretId },
  });
  const logs = (): string =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.log'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');

  beforeAll(async () => {
    const servers = {
      ...{ KAFKA_BROKERS: systemAddress('KAFKA_BROKERS'), REGISTRY_URL: systemAddress('REGISTRY_URL') },
      ...{ DATABASE_URL: systemAddress('DATABASE_URL'), REDIS_URL: systemAddress('REDIS_URL') },
    };
    const systems = ['erp', 'shop'].reduce(
      (text, system) => text.replace(`\${${system.toUpperCase()}_URL}`, `\${vault:${path(system)}#url}`),
      SYSTEMS,
    );
    place = await TestHub.create({ servers, folder, systems, partitions: 1 });
    const { ERP_URL: erp, SHOP_URL: shop } = place.stores.environment;
    await admin.put(`${name}/erp`, { url: erp });
    await admin.put(`${name}/shop`, { url: shop });
    const roleFor = (system: string): Promise<AppRole> => admin.appRoleFor(`${name}-${system}`, path(system));
    roles = { erp: await roleFor('erp'), shop: await roleFor('shop') };
  });
  afterAll(async () => {
    await place.drop();
    await admin.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('each connector reads its own, golden and the reconciler none, and records flow', async () => {
    const { processes } = place.hub;
    await Promise.all([
      processes.start('connector-erp', as(roles.erp)),
      processes.start('connector-shop', as(roles.shop)),
      ...(['golden', 'reconciler'] as const).map((service) => processes.start(service)),
    ]);
    await place.stores.pool.query(
      `INSERT INTO erp.article (article_no, title_de, maker, weight_g) VALUES ('A', 'Ah', 'M', 1)`,
    );
    await eventually(
      async () => {
        const { fields } = await processes.call<ExplainReport>('golden', '/explain/product/A');
        expect(fields['brand']?.values.find(({ system }) => system === 'erp')?.value).toBe('M');
      },
      { timeoutMs: 60_000, intervalMs: 200 },
    );
  });

  test('a connector that may not read its secret ends with code, place and path', async () => {
    await place.hub.processes.stop('connector-erp');
    await expect(place.hub.processes.start('connector-erp', as(roles.shop))).rejects.toThrow(
      new RegExp(
        `HUB_VAULT_REFUSED: Secrets of the hub file[^]*systems.erp.config.url: HUB_VAULT_REFUSED: .*${path('erp')}`,
      ),
    );
  });

  test('a connector without VAULT_ADDR says what to set', async () => {
    await expect(place.hub.processes.start('connector-erp')).rejects.toThrow(
      'VAULT_ADDR is not set, and the hub file has secrets in the vault: systems.erp.config.url',
    );
  });

  test('no log holds a password of a system, a secret id or a token', () => {
    const { environment } = place.stores;
    const passwords = ['ERP_URL', 'SHOP_URL'].map((variable) => new URL(environment[variable] ?? '').password);
    const text = logs();
    expect(text).toContain('connector-erp');
    for (const secret of [...passwords, roles.erp.secretId, roles.shop.secretId, admin.token]) {
      expect(secret.length).toBeGreaterThan(8);
      expect(text).not.toContain(secret);
    }
  });
});
