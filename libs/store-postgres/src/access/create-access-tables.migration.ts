import { SqlMigration } from '../sql-migration.js';

/**
 * Who did what in this service, each entry signed and chained to the one before, and acts that wait for a second person
 * (ADR 26). The trigger keeps mistakes out; whoever owns the table can drop it, which the chain and its published head show.
 * Roll back: `down` drops both; then `plumbline audit verify` tells that the chain is gone.
 */
export class CreateAccessTables extends SqlMigration {
  readonly name = 'CreateAccessTables1700000002000';
  protected readonly forward = [
    `CREATE TABLE audit_chain (
      seq bigint PRIMARY KEY, at timestamptz NOT NULL, actor text NOT NULL, kind text NOT NULL, verb text NOT NULL,
      resource text NOT NULL, target text NOT NULL, request_id text NOT NULL, phase text NOT NULL, outcome text NOT NULL,
      key_id text NOT NULL, prev text NOT NULL, hash text NOT NULL
    )`,
    `CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'the audit only grows' USING ERRCODE = 'insufficient_privilege'; END $$`,
    `CREATE TRIGGER audit_chain_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_chain
      FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()`,
    `CREATE TABLE pending_approval (
      act text NOT NULL, subject text NOT NULL, digest text NOT NULL, asked_by text NOT NULL, asked_at timestamptz NOT NULL,
      PRIMARY KEY (act, subject, digest)
    )`,
  ];
  protected readonly back = ['DROP TABLE audit_chain, pending_approval', 'DROP FUNCTION refuse_audit_change'];
}
