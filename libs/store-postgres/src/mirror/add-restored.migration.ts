import { SqlMigration } from '../sql-migration.js';

/**
 * Remembers that a system went back in time, and what a person chose. Roll back: `down` drops the columns; a system that
 * is held then is written to again, so choose first.
 */
export class AddRestored extends SqlMigration {
  readonly name = 'AddRestored1700000001010';
  protected readonly forward = [
    `
      ALTER TABLE system_state
        ADD COLUMN restored_reason text,
        ADD COLUMN restored_since timestamptz,
        ADD COLUMN restored_keep text CHECK (restored_keep IN ('hub', 'system', 'topics')),
        ADD COLUMN restored_by text,
        ADD COLUMN rebased_at timestamptz,
        ADD COLUMN epoch int NOT NULL DEFAULT 1`,
  ];
  protected readonly back = [
    `
      ALTER TABLE system_state DROP COLUMN restored_reason, DROP COLUMN restored_since, DROP COLUMN restored_keep,
        DROP COLUMN restored_by, DROP COLUMN rebased_at, DROP COLUMN epoch`,
  ];
}
