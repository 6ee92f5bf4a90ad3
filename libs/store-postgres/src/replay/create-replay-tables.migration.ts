import { SqlMigration } from '../sql-migration.js';

const TABLES = [
  // A replay: what was ordered, its state, and who runs it. `definition` is the order as JSON.
  `CREATE TABLE replay (
    id text COLLATE "C" PRIMARY KEY, target text COLLATE "C" NOT NULL, definition jsonb NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'paused', 'failed', 'aborted', 'done')), problem text,
    owner text NOT NULL DEFAULT '', lease_ms integer NOT NULL DEFAULT 0, leased_until timestamptz NOT NULL DEFAULT '-infinity',
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(), changed_at timestamptz NOT NULL DEFAULT clock_timestamp()
  )`,
  // Two replays into one target would mix their orders.
  `CREATE UNIQUE INDEX replay_into_target ON replay (target) WHERE state IN ('running', 'paused', 'failed')`,
  `CREATE INDEX replay_by_time ON replay (created_at, id)`,
  // How far each partition is: what lies below next_offset is in the target.
  `CREATE TABLE replay_position (
    replay_id text COLLATE "C" NOT NULL REFERENCES replay ON DELETE CASCADE, partition integer NOT NULL,
    from_offset bigint NOT NULL, until_offset bigint NOT NULL, next_offset bigint NOT NULL,
    sent bigint NOT NULL DEFAULT 0, unreadable bigint NOT NULL DEFAULT 0, PRIMARY KEY (replay_id, partition)
  )`,
];

/** Replays and their positions. Roll back: `down` drops the tables; a replay that is not ended can't go on then. */
export class CreateReplayTables extends SqlMigration {
  readonly name = 'CreateReplayTables1700000004000';
  protected readonly forward = TABLES;
  protected readonly back = ['DROP TABLE replay_position, replay'];
}
