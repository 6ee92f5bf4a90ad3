import { readFileSync } from 'node:fs';
import { HubError } from '#kernel';
import type { VaultAuth, VaultSettings } from '#secrets';
import { z } from 'zod';
import { loadConfig, type Environment } from './load-config.js';
import { vaultVariables } from './variables.js';

type VaultVariables = z.infer<z.ZodObject<typeof vaultVariables>>;

const WAYS = ['VAULT_TOKEN', 'VAULT_TOKEN_FILE', 'VAULT_ROLE_ID'] as const;
const ONE_WAY = `one of ${WAYS.join(', ')} must be set`;

/** The vault; null where VAULT_ADDR is not set. @throws HubError HUB_CONFIG_INVALID naming variables, never a value */
export function vaultSettingsFrom(env?: Environment): VaultSettings | null {
  const config = loadConfig(z.object(vaultVariables), env);
  const { VAULT_ADDR: url, VAULT_NAMESPACE: namespace, VAULT_CACERT: caFile } = config;
  if (url === undefined) return null;
  const ca = caFile === undefined ? undefined : readVariableFile('VAULT_CACERT', caFile);
  return { url: new URL(url), auth: authOf(config), namespace, ca };
}

function authOf(config: VaultVariables): VaultAuth {
  const ways = WAYS.filter((name) => config[name] !== undefined);
  if (ways.length > 1) throw wrong(`${ways.join(' and ')}: are both set; keep one`);
  const { VAULT_TOKEN: token, VAULT_TOKEN_FILE: tokenFile, VAULT_ROLE_ID: roleId } = config;
  if (roleId !== undefined) return { roleId, secretId: secretIdOf(config) };
  if (tokenFile === undefined) {
    if (token === undefined) throw wrong(`VAULT_ADDR: is set, so ${ONE_WAY}`);
    return { token };
  }
  const read = vaultVariables.VAULT_TOKEN.safeParse(readVariableFile('VAULT_TOKEN_FILE', tokenFile));
  if (!read.success || read.data === undefined) throw wrong('VAULT_TOKEN_FILE: holds no token');
  return { token: read.data };
}

/** None for an AppRole that asks for none. */
function secretIdOf({ VAULT_SECRET_ID: secretId, VAULT_SECRET_ID_FILE: file }: VaultVariables): string | undefined {
  if (secretId !== undefined && file !== undefined)
    throw wrong('VAULT_SECRET_ID and VAULT_SECRET_ID_FILE: are both set; keep one');
  return file === undefined ? secretId : readVariableFile('VAULT_SECRET_ID_FILE', file);
}

function readVariableFile(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw wrong(`${variable}: its file cannot be read`, cause);
  }
}

function wrong(problem: string, cause?: unknown): HubError {
  return new HubError(
    'HUB_CONFIG_INVALID',
    `Wrong environment variables:\n  ${problem}`,
    { problems: [problem] },
    { cause },
  );
}
