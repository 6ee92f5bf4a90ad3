import type { AdminAct } from '#contracts';
import type { Instant } from '#kernel';
import type { Sql } from '../database.js';
import { instantSql } from '../golden/golden-rows.js';

/** A session as it is kept. */
export interface StoredSession {
  readonly name: string;
  readonly csrfToken: string;
  readonly expiresAt: Instant;
}

interface SessionRow {
  readonly name: string;
  readonly csrf_token: string;
  readonly expires_at: Instant;
}

const OPEN = `
  INSERT INTO admin_session (token_hash, name, csrf_token, expires_at)
  VALUES ($1, $2, $3, clock_timestamp() + $4::bigint * interval '1 millisecond')
  RETURNING name, csrf_token, ${instantSql('expires_at')} AS expires_at`;
const FIND = `
  SELECT name, csrf_token, ${instantSql('expires_at')} AS expires_at FROM admin_session
  WHERE token_hash = $1 AND expires_at > clock_timestamp()`;
const ACTS = `
  SELECT ${instantSql('at')} AS at, actor, act, subject, reason, outcome FROM admin_act ORDER BY id DESC LIMIT $1`;

/** Accounts, sessions and acts of the admin page. */
export class PostgresAdminStore {
  constructor(private readonly database: Sql) {}

  /** Adds the account if there is none at all. @returns whether it was added; of several processes one adds it */
  async addFirstAccount(name: string, passwordHash: string): Promise<boolean> {
    const text = `
      INSERT INTO admin_account (name, password_hash) SELECT $1, $2
      WHERE NOT EXISTS (SELECT FROM admin_account) ON CONFLICT (name) DO NOTHING RETURNING name`;
    return (await this.database.query(text, [name, passwordHash])).length > 0;
  }

  async findPasswordHash(name: string): Promise<string | null> {
    const text = 'SELECT password_hash FROM admin_account WHERE name = $1';
    const [row] = await this.database.query<{ password_hash: string }>(text, [name]);
    return row?.password_hash ?? null;
  }

  /** Keeps a session, and forgets those that have ended. @param tokenHash hex */
  async openSession(tokenHash: string, name: string, csrfToken: string, ttlMs: number): Promise<StoredSession> {
    await this.database.query('DELETE FROM admin_session WHERE expires_at <= clock_timestamp()');
    const [row] = await this.database.query<SessionRow>(OPEN, [Buffer.from(tokenHash, 'hex'), name, csrfToken, ttlMs]);
    return toSession(row as SessionRow);
  }

  async findSession(tokenHash: string): Promise<StoredSession | null> {
    const [row] = await this.database.query<SessionRow>(FIND, [Buffer.from(tokenHash, 'hex')]);
    return row ? toSession(row) : null;
  }

  async closeSession(tokenHash: string): Promise<void> {
    await this.database.query('DELETE FROM admin_session WHERE token_hash = $1', [Buffer.from(tokenHash, 'hex')]);
  }

  async noteAct({ actor, act, subject, reason, outcome }: Omit<AdminAct, 'at'>): Promise<void> {
    const text = 'INSERT INTO admin_act (actor, act, subject, reason, outcome) VALUES ($1, $2, $3, $4, $5)';
    await this.database.query(text, [actor, act, subject, reason, outcome]);
  }

  /** Newest first. */
  findActs(limit: number): Promise<AdminAct[]> {
    return this.database.query<AdminAct>(ACTS, [limit]);
  }
}

function toSession({ name, csrf_token, expires_at }: SessionRow): StoredSession {
  return { name, csrfToken: csrf_token, expiresAt: expires_at };
}
