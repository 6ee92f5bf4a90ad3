import { createHash, randomBytes } from 'node:crypto';
import type { PostgresAdminSessions, SessionOwner, StoredSession } from '#store-postgres';

/** A session that has just begun. */
export interface OpenedSession {
  /** For the cookie; nobody else keeps it. */
  readonly token: string;
  readonly session: StoredSession;
}

const TTL_MS = 12 * 60 * 60_000;

/**
 * Who is signed in, whichever way. A session begins with a token of its own, so that one that was known before (session fixation)
 * never becomes somebody's; kept is only the token's hash.
 */
export class Sessions {
  constructor(private readonly store: Pick<PostgresAdminSessions, 'open' | 'find' | 'close'>) {}

  async open(owner: SessionOwner): Promise<OpenedSession> {
    const [token, csrfToken] = [randomSecret(), randomSecret()];
    return { token, session: await this.store.open(hashOfSecret(token), owner, { csrfToken, ttlMs: TTL_MS }) };
  }

  /** Null when there is no such session, or it has ended. */
  find(token: string): Promise<StoredSession | null> {
    return this.store.find(hashOfSecret(token));
  }

  close(token: string): Promise<void> {
    return this.store.close(hashOfSecret(token));
  }
}

/** 256 random bits, fit for a cookie. */
export function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** The secret is random: a fast hash is enough to make what is stored useless for signing in. */
export function hashOfSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
