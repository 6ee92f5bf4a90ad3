import { SqlMigration } from '../sql-migration.js';

const TABLES = [
  // The index of dead letters and what was decided; values stay in the topics, but for one that somebody edited.
  `CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text COLLATE "C" NOT NULL, partition integer NOT NULL,
    "offset" bigint NOT NULL, consumer text COLLATE "C" NOT NULL, origin_topic text COLLATE "C" NOT NULL,
    origin_partition integer NOT NULL, origin_offset bigint NOT NULL, key text NOT NULL, code text NOT NULL, reason text NOT NULL,
    group_id text COLLATE "C" NOT NULL, group_reason text NOT NULL, kind text NOT NULL, held_behind bigint,
    has_value boolean NOT NULL, attempts integer NOT NULL DEFAULT 1, state text NOT NULL DEFAULT 'open'
      CHECK (state IN ('open', 'retrying', 'retried', 'discarded')),
    note text, decided_by text, is_edited boolean NOT NULL DEFAULT false, edited bytea, parked_at timestamptz NOT NULL,
    UNIQUE (consumer, origin_topic, origin_partition, origin_offset)
  )`,
  `CREATE INDEX dead_letter_open ON dead_letter (id) WHERE state = 'open'`,
  `CREATE INDEX dead_letter_open_group ON dead_letter (group_id, id) WHERE state = 'open'`,
  `CREATE INDEX dead_letter_retrying ON dead_letter (origin_topic, origin_partition, origin_offset) WHERE state = 'retrying'`,
  `CREATE TABLE dead_letter_position (
    topic text COLLATE "C" NOT NULL, partition integer NOT NULL, next_offset bigint NOT NULL, PRIMARY KEY (topic, partition)
  )`,
  // One process sends at a time: two would mix the order of a key.
  `CREATE TABLE dead_letter_sender (
    is_sender boolean PRIMARY KEY DEFAULT true CHECK (is_sender), owner text NOT NULL, leased_until timestamptz NOT NULL
  )`,
];

/** Dead letters. Roll back: `down` drops the tables; the letters are in their topics, what was decided of them is lost. */
export class CreateDeadLetterTables extends SqlMigration {
  readonly name = 'CreateDeadLetterTables1700000004010';
  protected readonly forward = TABLES;
  protected readonly back = ['DROP TABLE dead_letter_sender, dead_letter_position, dead_letter'];
}
