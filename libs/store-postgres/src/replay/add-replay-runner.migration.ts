import { SqlMigration } from '../sql-migration.js';

/** Who runs a replay: what the hub left it takes up again, what a command left it does not. Roll back: `down` drops the column. */
export class AddReplayRunner extends SqlMigration {
  readonly name = 'AddReplayRunner1700000004030';
  protected readonly forward = [
    `ALTER TABLE replay ADD COLUMN runner text NOT NULL DEFAULT 'command' CHECK (runner IN ('command', 'hub'))`,
  ];
  protected readonly back = ['ALTER TABLE replay DROP COLUMN runner'];
}
