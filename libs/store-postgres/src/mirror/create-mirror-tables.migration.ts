import { SqlMigration } from '../sql-migration.js';

/** In the order of their execution. */
const STATEMENTS = [
  `
      CREATE TABLE mirror (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        entity text NOT NULL,
        external_id text COLLATE "C",
        key text COLLATE "C" NOT NULL,
        live boolean NOT NULL,
        digest text,
        version text,
        observation text,
        contribution text,
        intent text,
        stored_forms text,
        golden text,
        differs text[],
        attempts int NOT NULL,
        retry_at_ms bigint NOT NULL,
        written_version bigint,
        undone int NOT NULL,
        undone_since_ms bigint NOT NULL,
        parked text,
        bulk boolean NOT NULL,
        rereads_asked int NOT NULL DEFAULT 0,
        rereads_begun int NOT NULL DEFAULT 0,
        lease_owner text,
        lease_until timestamptz,
        moved_by xid8 NOT NULL
      ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05)`,
  'CREATE UNIQUE INDEX mirror_external ON mirror (entity, external_id) WHERE external_id IS NOT NULL',
  'CREATE INDEX mirror_key ON mirror (entity, key)',
  `CREATE INDEX mirror_due ON mirror (entity, bulk, id)
      WHERE differs <> '{}' AND intent IS NULL AND parked IS NULL`,
  'CREATE INDEX mirror_reread ON mirror (entity, id) WHERE rereads_asked > 0 OR intent IS NOT NULL',
  `
      CREATE TABLE stream (
        entity text PRIMARY KEY,
        cursor text,
        first_scan_at timestamptz,
        last_scan_at timestamptz,
        last_poll_at timestamptz,
        mapping_version text
      )`,
  `
      CREATE TABLE system_state (
        only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
        mode text NOT NULL CHECK (mode IN ('observe', 'write')),
        mode_since timestamptz NOT NULL,
        changed_by text NOT NULL
      )`,
  `
      INSERT INTO system_state (mode, mode_since, changed_by) VALUES ('observe', clock_timestamp(), 'default')`,
  `
      CREATE TABLE set_aside (
        entity text NOT NULL,
        external_id text NOT NULL,
        kind text NOT NULL,
        key text,
        reason text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (entity, external_id, kind)
      )`,
  `
      CREATE TABLE round_difference (
        round_id text NOT NULL,
        entity text NOT NULL,
        external_id text COLLATE "C" NOT NULL,
        key text,
        kind text NOT NULL,
        fields text[] NOT NULL,
        digest text NOT NULL,
        PRIMARY KEY (round_id, entity, external_id)
      )`,
];

/**
 * A connector's own tables. `mirror.moved_by` is the transaction that last moved observation or intent (read tickets
 * compare it with a snapshot); `differs` is computed whenever the row is stored. Roll-back drops the tables: the mirror
 * is rebuilt by a complete scan, the contributions by their topics.
 */
export class CreateMirrorTables1700000001000 extends SqlMigration {
  readonly name = 'CreateMirrorTables1700000001000';
  protected readonly forward = STATEMENTS;
  protected readonly back = ['DROP TABLE round_difference, set_aside, system_state, stream, mirror'];
}
