import { SqlMigration } from '../sql-migration.js';

/** API keys of a hub, in a schema that its services read and only the CLI writes (ADR 26). Roll back: `down` drops them all. */
export class CreateApiKeys extends SqlMigration {
  readonly name = 'CreateApiKeys1700000002100';
  protected readonly forward = [
    `CREATE TABLE api_key (
      prefix text PRIMARY KEY, hash bytea NOT NULL, name text NOT NULL, owner text NOT NULL, roles text[] NOT NULL,
      created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL, last_used_at timestamptz, revoked_at timestamptz
    )`,
  ];
  protected readonly back = ['DROP TABLE api_key'];
}
