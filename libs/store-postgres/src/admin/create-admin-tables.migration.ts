import { SqlMigration } from '../sql-migration.js';

const TABLES = [
  // Local admins; the hash names its own parameters (scrypt).
  `CREATE TABLE admin_account (
    name text PRIMARY KEY, password_hash text NOT NULL, created_at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  // Who is signed in. Neither the cookie nor the CSRF token can be made from what is stored of the cookie.
  `CREATE TABLE admin_session (
    token_hash bytea PRIMARY KEY, name text NOT NULL, csrf_token text NOT NULL,
    expires_at timestamptz NOT NULL
  )`,
  `CREATE INDEX admin_session_by_end ON admin_session (expires_at)`,
  // What people did on the page, with their reasons.
  `CREATE TABLE admin_act (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor text NOT NULL, act text NOT NULL, subject text NOT NULL, reason text, outcome text NOT NULL
  )`,
];

/** Accounts, sessions and acts of the admin page. Roll back: `down` drops the tables; the next start makes a new admin. */
export class CreateAdminTables extends SqlMigration {
  readonly name = 'CreateAdminTables1700000000400';
  protected readonly forward = TABLES;
  protected readonly back = ['DROP TABLE admin_act, admin_session, admin_account'];
}
