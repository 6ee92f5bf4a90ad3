import { SqlMigration } from '../sql-migration.js';

/** In the order of their execution. */
const STATEMENTS = [
  'ALTER TABLE mirror ADD written_at timestamptz, ADD written_by text',
  'CREATE INDEX mirror_parked ON mirror (entity, id) WHERE parked IS NOT NULL',
];

/**
 * When the hub's last write of a row landed, and which connector wrote it, so that drift can be told apart by them; and an
 * index of the few parked rows, for counting what is not equal. Roll-back drops both: only attribution knows less.
 */
export class AddLastWrite extends SqlMigration {
  readonly name = 'AddLastWrite1700000001030';
  protected readonly forward = STATEMENTS;
  protected readonly back = ['DROP INDEX mirror_parked', 'ALTER TABLE mirror DROP written_at, DROP written_by'];
}
