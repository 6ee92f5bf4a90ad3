import { SqlMigration } from '../sql-migration.js';

/**
 * When the newest record of each partition was appended: where a search by time alone begins. Null until the next page of a
 * partition. Roll-back drops the column: such a search begins at the present again.
 */
export class AddNewestRecord extends SqlMigration {
  readonly name = 'AddNewestRecord1700000000410';
  protected readonly forward = ['ALTER TABLE indexed_partition ADD newest_at timestamptz'];
  protected readonly back = ['ALTER TABLE indexed_partition DROP newest_at'];
}
