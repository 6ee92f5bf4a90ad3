import { SqlMigration } from '../sql-migration.js';

/** In the order of their execution. */
const STATEMENTS = [
  `
      CREATE TABLE scan (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        entity text NOT NULL UNIQUE,
        round_id text NOT NULL,
        scope text NOT NULL,
        phase text NOT NULL DEFAULT 'reading' CHECK (phase IN ('reading', 'read', 'ended')),
        cursor text,
        pages int NOT NULL DEFAULT 0,
        scanned int NOT NULL DEFAULT 0,
        known int NOT NULL,
        last_row bigint NOT NULL,
        total int,
        idle int NOT NULL DEFAULT 0,
        resumed_at int,
        restarted text,
        began_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        ended_at timestamptz
      )`,
  `
      CREATE TABLE scan_seen (
        scan_id bigint NOT NULL,
        external_id text COLLATE "C" NOT NULL,
        PRIMARY KEY (scan_id, external_id)
      )`,
  `
      CREATE TABLE scan_candidate (
        scan_id bigint NOT NULL,
        external_id text COLLATE "C" NOT NULL,
        PRIMARY KEY (scan_id, external_id)
      )`,
];

/**
 * How far the scan of each entity is, the ids that its pages showed, and those to be read again. `last_row` is the mirror's
 * newest row when it began: later ones may lie behind the pages read. Roll-back drops the tables: a scan under way begins anew.
 */
export class AddScans extends SqlMigration {
  readonly name = 'AddScans1700000001060';
  protected readonly forward = STATEMENTS;
  protected readonly back = ['DROP TABLE scan_candidate, scan_seen, scan'];
}
