import { SqlMigration } from '../sql-migration.js';

/**
 * Keys of a topic of facts of which a message is parked: what follows waits behind it until they are released. Only for
 * services whose routes hold facts. Roll back: `down` drops the table; what waits in the dead-letter topic is then passed.
 */
export class CreateHeldKeys extends SqlMigration {
  readonly name = 'CreateHeldKeys1700000000900';
  protected readonly forward = [
    `
      CREATE TABLE held_key (
        topic text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        partition integer NOT NULL,
        first_offset bigint NOT NULL,
        last_offset bigint NOT NULL,
        code text NOT NULL,
        reason text NOT NULL,
        held_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (topic, key)
      )`,
  ];
  protected readonly back = ['DROP TABLE held_key'];
}
