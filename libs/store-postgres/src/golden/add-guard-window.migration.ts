import { SqlMigration } from '../sql-migration.js';

const CHANGES = [
  // When the connector made the events: windows do not depend on when golden gets to them.
  `ALTER TABLE guard_batch ADD COLUMN observed_at timestamptz`,
  `UPDATE guard_batch SET observed_at = last_seen_at`,
  `ALTER TABLE guard_batch ALTER COLUMN observed_at SET NOT NULL`,
  `ALTER TABLE hold ADD COLUMN observed_at timestamptz`,
  `UPDATE hold SET observed_at = opened_at`,
  `ALTER TABLE hold ALTER COLUMN observed_at SET NOT NULL`,
  `CREATE INDEX guard_batch_by_time ON guard_batch (system, entity, observed_at)`,
  `CREATE INDEX hold_by_state ON hold (system, entity, state)`,
];

/**
 * Times of batches and holds, for the guard's window (ADR 0006). Before, the time at which golden saw them stands in.
 * Roll back: `down` drops columns and indexes; nothing else is lost.
 */
export class AddGuardWindow extends SqlMigration {
  readonly name = 'AddGuardWindow1700000000110';
  protected readonly forward = CHANGES;
  protected readonly back = [
    'DROP INDEX hold_by_state, guard_batch_by_time',
    'ALTER TABLE hold DROP COLUMN observed_at',
    'ALTER TABLE guard_batch DROP COLUMN observed_at',
  ];
}
