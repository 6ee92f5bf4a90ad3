import { SqlMigration } from '../sql-migration.js';

/** In the order of their execution. */
const STATEMENTS = [
  'CREATE INDEX mirror_digest ON mirror (entity, external_id) INCLUDE (digest) WHERE live',
  `
      CREATE TABLE range_plan (
        entity text PRIMARY KEY,
        digest_version text NOT NULL,
        boundaries text[] COLLATE "C" NOT NULL,
        drift int NOT NULL,
        largest_range bigint NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
      )`,
];

/**
 * What a scan by digests reads: an index that holds the digests of live rows, since a row of the mirror is fifty times as
 * wide as its digest; and how the last scan cut the ids. Roll-back drops both: the next scan cuts anew.
 */
export class AddRangeDigests extends SqlMigration {
  readonly name = 'AddRangeDigests1700000001020';
  protected readonly forward = STATEMENTS;
  protected readonly back = ['DROP TABLE range_plan', 'DROP INDEX mirror_digest'];
}
