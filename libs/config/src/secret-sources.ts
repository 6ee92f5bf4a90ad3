import { readFileSync } from 'node:fs';
import type { SecretSources } from '#hub-file';
import { HubError } from '#kernel';
import { openSecret, parseVaultReference, sealingKeysOf, type SealingKeys, type VaultReference } from '#secrets';
import { loadConfig, type Environment } from './load-config.js';
import { secretVariables } from './variables.js';
import { z } from 'zod';

/** Looks a secret of the vault up for a place of the hub file; null where this process leaves the reference as it is written. */
export type FindInVault = (reference: VaultReference, place: string) => string | null;

/**
 * Secrets of the hub file: `${file:/run/secrets/erp}`, the text of a file without the line's end, `${sealed:v1.…}`, and
 * `${vault:secret/data/erp#password}`. No vault is asked here, so without `findInVault` its references stay as they are written.
 */
export function secretSourcesOf(env: Environment, findInVault: FindInVault = () => null): SecretSources {
  let keys: SealingKeys | null = null;
  return {
    file: (path) => readSecretFile(path),
    sealed: (envelope, path) => openSecret(envelope, path, (keys ??= sealingKeysFrom(env))),
    vault: (text, place) => {
      const reference = parseVaultReference(text);
      return reference && (findInVault(reference, place) ?? asWritten('vault', text));
    },
  };
}

/** Leaves every secret as it is written: for a file that people are shown. */
export const keptSecrets: SecretSources = Object.fromEntries(
  ['file', 'sealed', 'vault'].map((scheme) => [scheme, (reference: string) => asWritten(scheme, reference)]),
);

/** Keys of sealed secrets; none where none are set. @throws HubError HUB_CONFIG_INVALID */
export function sealingKeysFrom(env?: Environment): SealingKeys {
  const { SECRET_KEYS } = loadConfig(z.object(secretVariables), env);
  return sealingKeysOf(SECRET_KEYS ?? []);
}

/** The value of a variable that a person names; undefined where it is empty. */
export function findVariable(name: string, env: Environment = process.env): string | undefined {
  return env[name] || undefined;
}

function asWritten(scheme: string, reference: string): string {
  return `\${${scheme}:${reference}}`;
}

function readSecretFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code === 'string') return null; // told by the hub file's problem, with its place
    throw new HubError('HUB_INVARIANT_BROKEN', 'A secret file can’t be read.', {}, { cause: error });
  }
}
