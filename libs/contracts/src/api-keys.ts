import type { Instant } from '#kernel';

/** An API key as people may see it: never the key itself, nor what verifies it. */
export interface ApiKeyReport {
  /** The visible part: `plk_` and eight characters. */
  readonly prefix: string;
  readonly name: string;
  /** Who answers for it: keys of one owner are one person. */
  readonly owner: string;
  readonly roles: readonly string[];
  readonly createdAt: Instant;
  readonly expiresAt: Instant;
  /** To the minute; null for one that was never used. */
  readonly lastUsedAt: Instant | null;
  readonly revokedAt: Instant | null;
}

/** `GET /api/keys`. */
export interface ApiKeyList {
  /** The newest first; those that expired or were revoked, too. */
  readonly keys: readonly ApiKeyReport[];
  /** Every role that a key of this hub can have. */
  readonly roles: readonly string[];
}

/** Answer of `POST /api/keys`. */
export interface NewApiKey extends ApiKeyReport {
  /** The key itself. It stands nowhere else, and never again. */
  readonly key: string;
}
