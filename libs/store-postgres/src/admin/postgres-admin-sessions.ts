import type { Instant } from '#kernel';
import type { Sql } from '../database.js';
import { instantSql } from '../golden/golden-rows.js';

/** Who is signed in, as it was proved when the session began. */
export interface SessionOwner {
  /** Unique and lasting: `web:` and the name, or `issuer#sub`. */
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Signed in at the identity provider. */
  readonly isOfProvider: boolean;
}

/** A session as it is kept. */
export interface StoredSession extends SessionOwner {
  readonly csrfToken: string;
  readonly expiresAt: Instant;
}

/** A sign-in that waits for its answer from the provider. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE. */
  readonly verifier: string;
  /** Path of the page that opens afterwards. */
  readonly returnTo: string;
}

interface SessionRow {
  readonly subject: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly is_of_provider: boolean;
  readonly csrf_token: string;
  readonly expires_at: Instant;
}

interface SignInRow extends Pick<PendingSignIn, 'state' | 'nonce' | 'verifier'> {
  readonly return_to: string;
}

const COLUMNS = `subject, name, roles, is_of_provider, csrf_token, ${instantSql('expires_at')} AS expires_at`;
const END = `clock_timestamp() + $1::bigint * interval '1 millisecond'`;
const OPEN = `
  INSERT INTO admin_session (expires_at, token_hash, subject, name, roles, is_of_provider, csrf_token)
  VALUES (${END}, $2, $3, $4, $5::text[], $6, $7) RETURNING ${COLUMNS}`;
const FIND = `SELECT ${COLUMNS} FROM admin_session WHERE token_hash = $1 AND admin_session.expires_at > clock_timestamp()`;
const BEGIN = `
  INSERT INTO admin_sign_in (expires_at, handle_hash, state, nonce, verifier, return_to) VALUES (${END}, $2, $3, $4, $5, $6)`;
const TAKE = `
  DELETE FROM admin_sign_in WHERE handle_hash = $1 AND expires_at > clock_timestamp()
  RETURNING state, nonce, verifier, return_to`;

/** Sessions of the admin page, and sign-ins under way; one statement a call, hashes in hexadecimal. */
export class PostgresAdminSessions {
  constructor(private readonly database: Sql) {}

  /** Keeps a session, and forgets those that have ended. */
  async open(
    tokenHash: string,
    { subject, name, roles, isOfProvider }: SessionOwner,
    { csrfToken, ttlMs }: { readonly csrfToken: string; readonly ttlMs: number },
  ): Promise<StoredSession> {
    await this.database.query('DELETE FROM admin_session WHERE expires_at <= clock_timestamp()');
    const values = [ttlMs, bytes(tokenHash), subject, name, roles, isOfProvider, csrfToken];
    const [row] = await this.database.query<SessionRow>(OPEN, values);
    return toSession(row as SessionRow);
  }

  async find(tokenHash: string): Promise<StoredSession | null> {
    const [row] = await this.database.query<SessionRow>(FIND, [bytes(tokenHash)]);
    return row ? toSession(row) : null;
  }

  async close(tokenHash: string): Promise<void> {
    await this.database.query('DELETE FROM admin_session WHERE token_hash = $1', [bytes(tokenHash)]);
  }

  /** Ends every session of a person. */
  async closeAllOf(subject: string): Promise<void> {
    await this.database.query('DELETE FROM admin_session WHERE subject = $1', [subject]);
  }

  /** Keeps a sign-in, and forgets those whose time is over. */
  async beginSignIn(handleHash: string, pending: PendingSignIn, ttlMs: number): Promise<void> {
    await this.database.query('DELETE FROM admin_sign_in WHERE expires_at <= clock_timestamp()');
    const { state, nonce, verifier, returnTo } = pending;
    await this.database.query(BEGIN, [ttlMs, bytes(handleHash), state, nonce, verifier, returnTo]);
  }

  /** Null when there is none, its time is over, or it was taken before: of two at once one gets it. */
  async takeSignIn(handleHash: string): Promise<PendingSignIn | null> {
    const [row] = await this.database.query<SignInRow>(TAKE, [bytes(handleHash)]);
    return row ? { state: row.state, nonce: row.nonce, verifier: row.verifier, returnTo: row.return_to } : null;
  }
}

function bytes(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function toSession({ subject, name, roles, is_of_provider, csrf_token, expires_at }: SessionRow): StoredSession {
  return { subject, name, roles, isOfProvider: is_of_provider, csrfToken: csrf_token, expiresAt: expires_at };
}
