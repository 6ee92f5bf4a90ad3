import { SqlMigration } from '../sql-migration.js';

/**
 * Seeds that the hub runs: what was ordered, how far it is, and who runs it. `definition` and `progress` are texts of JSON as they
 * are given, offsets as text. Roll back: `down` drops it; a seed that is running can't go on then, targets keep what they have.
 */
export class CreateSeedJobs extends SqlMigration {
  readonly name = 'CreateSeedJobs1700000004050';
  protected readonly forward = [
    `CREATE TABLE seed_job (
      id text COLLATE "C" PRIMARY KEY, target text COLLATE "C" NOT NULL, definition json NOT NULL,
      state text NOT NULL CHECK (state IN ('running', 'failed', 'aborted', 'done')), problem json, progress json, certificate text,
      owner text NOT NULL DEFAULT '', lease_ms integer NOT NULL DEFAULT 0, leased_until timestamptz NOT NULL DEFAULT '-infinity',
      created_at timestamptz NOT NULL DEFAULT clock_timestamp(), changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
    )`,
    // Two at once into one target do no harm, but read everything twice.
    `CREATE UNIQUE INDEX seed_job_into_target ON seed_job (target) WHERE state = 'running'`,
    'CREATE INDEX seed_job_by_time ON seed_job (created_at, id)',
  ];
  protected readonly back = ['DROP TABLE seed_job'];
}
