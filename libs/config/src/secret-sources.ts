import { readFileSync } from 'node:fs';
import type { SecretSources } from '#hub-file';
import { HubError } from '#kernel';
import { openSecret, sealingKeysOf, type SealingKeys } from '#secrets';
import { loadConfig, type Environment } from './load-config.js';
import { secretVariables } from './variables.js';
import { z } from 'zod';

/** Secrets of the hub file: `${file:/run/secrets/erp}`, the text of a file without the line's end, and `${sealed:v1.…}`. */
export function secretSourcesOf(env: Environment): SecretSources {
  let keys: SealingKeys | null = null;
  return {
    file: (path) => readSecretFile(path),
    sealed: (envelope, path) => openSecret(envelope, path, (keys ??= sealingKeysFrom(env))),
  };
}

/** Keys of sealed secrets; none where none are set. @throws HubError HUB_CONFIG_INVALID */
export function sealingKeysFrom(env?: Environment): SealingKeys {
  const { SECRET_KEYS } = loadConfig(z.object(secretVariables), env);
  return sealingKeysOf(SECRET_KEYS ?? []);
}

/** The value of a variable that a person names; undefined where it is empty. */
export function findVariable(name: string, env: Environment = process.env): string | undefined {
  return env[name] || undefined;
}

function readSecretFile(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code === 'string') return null; // told by the hub file's problem, with its place
    throw new HubError('HUB_INVARIANT_BROKEN', 'A secret file can’t be read.', {}, { cause: error });
  }
}
