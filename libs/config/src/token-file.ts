import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '#kernel';

const TOKEN_BYTES = 24;

/** Path of the file in which `plumbline up` keeps the token that it made. */
export function tokenFile(dataDir: string): string {
  return join(dataDir, 'token');
}

/** The token kept in the data folder, or null. @throws HubError HUB_CONFIG_INVALID when the file can't be read. */
export function findToken(dataDir: string): string | null {
  try {
    return readFileSync(tokenFile(dataDir), 'utf8').trim() || null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new HubError(
      'HUB_CONFIG_INVALID',
      `The token file ${tokenFile(dataDir)} cannot be read.`,
      {},
      { cause: error },
    );
  }
}

/** The token kept in the data folder; makes one, readable by its owner only, where there is none. */
export function ensureToken(dataDir: string): string {
  const kept = findToken(dataDir);
  if (kept) return kept;
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(tokenFile(dataDir), `${token}\n`, { mode: 0o600 });
  return token;
}
