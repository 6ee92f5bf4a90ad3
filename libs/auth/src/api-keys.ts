import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKeyReport } from '#contracts';
import { instantOfMs, type Clock, type Instant } from '#kernel';
import type { Principal } from './principal.js';

/** How every API key begins, so that scanners of repositories find one that leaked. */
export const API_KEY_PREFIX = 'plk_';

const ID_BYTES = 6;
const SECRET_BYTES = 32;
const FORM = /^plk_([A-Za-z0-9_-]{8})_[A-Za-z0-9_-]{43}$/;

/** A key as it is kept: never the key itself. */
export interface StoredApiKey extends ApiKeyReport {
  /** SHA-256 of the whole key. It holds 256 random bits, so a slow hash would add nothing. */
  readonly hash: Buffer;
}

/** Where keys are kept. @throws HubError HUB_DATABASE_* */
export interface ApiKeyStore {
  add(key: StoredApiKey): Promise<void>;
  find(prefix: string): Promise<StoredApiKey | null>;
  /** Oldest first. */
  list(): Promise<readonly StoredApiKey[]>;
  /** False when there is none, or it was revoked before. */
  revoke(prefix: string, at: Instant): Promise<boolean>;
  /** Notes a use; an earlier time than the noted one changes nothing. */
  touch(prefix: string, at: Instant): Promise<void>;
}

/** What a new key is. */
export type ApiKeyWish = Pick<ApiKeyReport, 'name' | 'owner' | 'roles' | 'expiresAt'>;

/** Uses of a key less than this apart are noted once. */
const TOUCH_EVERY_MS = 60_000;

/** Makes a key and keeps what verifies it; the answer is the only place where the key itself ever stands. */
export async function createApiKey(
  wanted: ApiKeyWish,
  { store, clock }: { readonly store: Pick<ApiKeyStore, 'add'>; readonly clock: Clock },
): Promise<{ readonly key: string; readonly stored: StoredApiKey }> {
  const prefix = `${API_KEY_PREFIX}${randomBytes(ID_BYTES).toString('base64url')}`;
  const key = `${prefix}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  const createdAt = instantOfMs(clock.nowMs());
  const stored = { ...wanted, prefix, hash: hashOf(key), createdAt, lastUsedAt: null, revokedAt: null };
  await store.add(stored);
  return { key, stored };
}

/** Verifies API keys. */
export class ApiKeys {
  constructor(
    private readonly store: Pick<ApiKeyStore, 'find' | 'touch'>,
    private readonly clock: Clock,
  ) {}

  /** Null for a key that is unknown, expired or revoked. */
  async verify(key: string): Promise<Principal | null> {
    const id = FORM.exec(key)?.[1];
    if (id === undefined) return null;
    const stored = await this.store.find(`${API_KEY_PREFIX}${id}`);
    if (!stored || !timingSafeEqual(hashOf(key), stored.hash)) return null;
    const now = instantOfMs(this.clock.nowMs());
    if (stored.revokedAt !== null || now >= stored.expiresAt) return null;
    const noted = stored.lastUsedAt;
    if (noted === null || this.clock.nowMs() - Date.parse(noted) >= TOUCH_EVERY_MS)
      await this.store.touch(stored.prefix, now);
    const { name, owner, roles, prefix } = stored;
    return { subject: `key:${prefix}`, name, owner, kind: 'apiKey', roles };
  }
}

function hashOf(key: string): Buffer {
  return createHash('sha256').update(key).digest();
}
