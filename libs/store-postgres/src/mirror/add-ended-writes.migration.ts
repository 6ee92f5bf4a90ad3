import { SqlMigration } from '../sql-migration.js';

/**
 * The last writes of a row that ended, so that a record's timeline can tell earlier ones, too. Kept in the row, which is written
 * anyway when a write ends: no table that grows. Roll-back drops the column: timelines know the last write only.
 */
export class AddEndedWrites extends SqlMigration {
  readonly name = 'AddEndedWrites1700000001070';
  protected readonly forward = [`ALTER TABLE mirror ADD ended_writes text[] NOT NULL DEFAULT '{}'`];
  protected readonly back = ['ALTER TABLE mirror DROP ended_writes'];
}
