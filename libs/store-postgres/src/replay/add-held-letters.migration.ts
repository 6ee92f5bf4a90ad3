import { SqlMigration } from '../sql-migration.js';

/** Letters that hold their key. Roll back: `down` drops the column; what waits behind one that is given up stays held then. */
export class AddHeldLetters extends SqlMigration {
  readonly name = 'AddHeldLetters1700000004040';
  protected readonly forward = [
    'ALTER TABLE dead_letter ADD COLUMN holds_key boolean NOT NULL DEFAULT false',
    `CREATE INDEX dead_letter_given_up ON dead_letter (id) WHERE state = 'discarded' AND holds_key`,
    `CREATE INDEX dead_letter_waiting ON dead_letter (consumer, origin_topic, origin_offset) WHERE state = 'open' AND held_behind IS NOT NULL`,
  ];
  protected readonly back = ['ALTER TABLE dead_letter DROP COLUMN holds_key', 'DROP INDEX dead_letter_waiting'];
}
