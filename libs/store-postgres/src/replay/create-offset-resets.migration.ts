import { SqlMigration } from '../sql-migration.js';

/** What groups had committed before a reset, so that it can be undone. Roll back: `down` drops it; nothing can be undone then. */
export class CreateOffsetResets extends SqlMigration {
  readonly name = 'CreateOffsetResets1700000004020';
  protected readonly forward = [
    `CREATE TABLE offset_reset (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, group_id text COLLATE "C" NOT NULL, topic text COLLATE "C" NOT NULL,
      previous jsonb NOT NULL, actor text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(), undone_at timestamptz
    )`,
    'CREATE INDEX offset_reset_open ON offset_reset (group_id, topic, id) WHERE undone_at IS NULL',
  ];
  protected readonly back = ['DROP TABLE offset_reset'];
}
