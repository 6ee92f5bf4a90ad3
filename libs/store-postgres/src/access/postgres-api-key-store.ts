import type { ApiKeyStore, StoredApiKey } from '#auth';
import type { Instant } from '#kernel';
import type { Sql } from '../database.js';
import { instantColumn } from './instant-columns.js';

interface KeyRow extends Pick<StoredApiKey, 'prefix' | 'hash' | 'name' | 'owner' | 'roles'> {
  readonly created_at: Instant;
  readonly expires_at: Instant;
  readonly last_used_at: Instant | null;
  readonly revoked_at: Instant | null;
}

const TIMES = ['created_at', 'expires_at', 'last_used_at', 'revoked_at'].map(instantColumn).join(', ');
const COLUMNS = `prefix, hash, name, owner, roles, ${TIMES}`;
const ADD = `
  INSERT INTO api_key (prefix, hash, name, owner, roles, created_at, expires_at, last_used_at, revoked_at)
  VALUES ($1, $2, $3, $4, $5::text[], $6, $7, $8, $9)`;
const FIND = `SELECT ${COLUMNS} FROM api_key WHERE prefix = $1`;
const LIST = `SELECT ${COLUMNS} FROM api_key ORDER BY api_key.created_at, prefix`;
const REVOKE = 'UPDATE api_key SET revoked_at = $2 WHERE prefix = $1 AND revoked_at IS NULL RETURNING prefix';
const TOUCH = 'UPDATE api_key SET last_used_at = GREATEST(last_used_at, $2) WHERE prefix = $1';

/** API keys of a hub; one statement a call. */
export class PostgresApiKeyStore implements ApiKeyStore {
  constructor(private readonly sql: Sql) {}

  async add(key: StoredApiKey): Promise<void> {
    const { prefix, hash, name, owner, roles, createdAt, expiresAt, lastUsedAt, revokedAt } = key;
    await this.sql.query(ADD, [prefix, hash, name, owner, roles, createdAt, expiresAt, lastUsedAt, revokedAt]);
  }

  async find(prefix: string): Promise<StoredApiKey | null> {
    const [row] = await this.sql.query<KeyRow>(FIND, [prefix]);
    return row ? toKey(row) : null;
  }

  async list(): Promise<readonly StoredApiKey[]> {
    return (await this.sql.query<KeyRow>(LIST)).map(toKey);
  }

  async revoke(prefix: string, at: Instant): Promise<boolean> {
    return (await this.sql.query(REVOKE, [prefix, at])).length > 0;
  }

  async touch(prefix: string, at: Instant): Promise<void> {
    await this.sql.query(TOUCH, [prefix, at]);
  }
}

function toKey({ created_at, expires_at, last_used_at, revoked_at, ...rest }: KeyRow): StoredApiKey {
  return { ...rest, createdAt: created_at, expiresAt: expires_at, lastUsedAt: last_used_at, revokedAt: revoked_at };
}
