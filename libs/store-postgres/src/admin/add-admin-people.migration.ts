import { SqlMigration } from '../sql-migration.js';

/**
 * Who somebody is and may do on the admin page (ADR 30): roles of local people, the proved identity of a session, and sign-ins at
 * a provider that have begun. Whoever is signed in has to do so again. Roll back: `down` makes everybody an admin again.
 */
export class AddAdminPeople extends SqlMigration {
  readonly name = 'AddAdminPeople1700000003000';
  protected readonly forward = [
    `ALTER TABLE admin_account ADD COLUMN roles text[] NOT NULL DEFAULT '{admin}'`,
    `ALTER TABLE admin_account ALTER COLUMN roles DROP DEFAULT`,
    `DELETE FROM admin_session`,
    `ALTER TABLE admin_session ADD COLUMN subject text NOT NULL, ADD COLUMN roles text[] NOT NULL,
      ADD COLUMN is_of_provider boolean NOT NULL`,
    // What must come back from the provider; taken out by the first who comes back with the cookie.
    `CREATE TABLE admin_sign_in (
      handle_hash bytea PRIMARY KEY, state text NOT NULL, nonce text NOT NULL, verifier text NOT NULL,
      return_to text NOT NULL, expires_at timestamptz NOT NULL
    )`,
  ];
  protected readonly back = [
    'DROP TABLE admin_sign_in',
    'ALTER TABLE admin_session DROP COLUMN subject, DROP COLUMN roles, DROP COLUMN is_of_provider',
    'ALTER TABLE admin_account DROP COLUMN roles',
  ];
}
