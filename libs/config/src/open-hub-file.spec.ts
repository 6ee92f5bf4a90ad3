import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { HubError, silentLogger } from '#kernel';
import { below, checkVaultSecrets, loadHubFile, loadHubFileAsWritten, openHubFile } from './index.js';

const folder = mkdtempSync(join(tmpdir(), 'plumbline-open-'));
afterAll(() => rmSync(folder, { recursive: true }));

const REFERENCE = '${vault:secret/data/erp#password}';
const logger = silentLogger;

/** A hub file whose ERP and shop have these settings. */
function hubFile(erp: string, shop = 'x'): string {
  const system = (password: string): string =>
    `{ connector: sql, config: { password: '${password}' }, entities: { product: { source: p, key: [sku], fields: { ean: ean } } } }`;
  const path = join(folder, 'hub.yaml');
  writeFileSync(
    path,
    `hub: { name: demo }
systems: { erp: ${system(erp)}, shop: ${system(shop)} }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`,
  );
  return path;
}

/** The code, and what is said. */
async function thrownBy(work: Promise<unknown>): Promise<HubError> {
  const error = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HubError)) throw new Error(`no HubError: ${String(error)}`);
  return error;
}

describe('references to a vault', () => {
  test('are checked and left as they are written where nobody asks a vault', async () => {
    const path = hubFile(REFERENCE);
    expect(loadHubFile(path, { env: {} }).systems[0]?.config).toEqual({ password: REFERENCE });
    expect(await checkVaultSecrets(path, {})).toEqual({ secrets: 1, isLookedUp: false, problems: [] });
  });

  test('of other systems stay as they are written, and no vault is needed for them', async () => {
    const file = await openHubFile(hubFile(REFERENCE), { needs: below('systems.shop'), logger, env: {} });
    expect(file.systems.map(({ config }) => config['password'])).toEqual([REFERENCE, 'x']);
  });

  test('a system is not another one whose name begins alike', () => {
    expect(below('systems.erp')('systems.erp.config.url')).toBe(true);
    expect(below('systems.erp')('systems.erp-two.config.url')).toBe(false);
  });

  test('without VAULT_ADDR the places are told', async () => {
    const error = await thrownBy(openHubFile(hubFile(REFERENCE), { needs: below('systems.erp'), logger, env: {} }));
    expect(error.code).toBe('HUB_CONFIG_INVALID');
    expect(error.message).toContain('systems.erp.config.password');
  });

  test('one without a field is a problem of the hub file, before any vault is asked', async () => {
    const error = await thrownBy(
      openHubFile(hubFile('${vault:secret/data/erp}'), { needs: () => true, logger, env: {} }),
    );
    expect(error.code).toBe('HUB_FILE_INVALID');
    expect(error.message).toContain('Write the path in its API and the field: ${vault:secret/data/erp#password}.');
  });
});

test('a file for people to see has every reference as it is written, and the text of no secret file', () => {
  const secret = join(folder, 'secret');
  writeFileSync(secret, 'sesame');
  const path = hubFile(`\${file:${secret}}`, '${NOT_SET}${sealed:v1.x}');
  expect(loadHubFile(path, { env: {}, unsetVariables: 'keep' }).systems[0]?.config).toEqual({ password: 'sesame' });
  expect(loadHubFileAsWritten(path).systems.map(({ config }) => config['password'])).toEqual([
    `\${file:${secret}}`,
    '${NOT_SET}${sealed:v1.x}',
  ]);
});
