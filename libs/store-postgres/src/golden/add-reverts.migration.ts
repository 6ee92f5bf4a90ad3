import { SqlMigration } from '../sql-migration.js';

const CHANGES = [
  // What made a version: JSON [system, batch, partition, offset] as text. No index: an update stays on its page, and only a
  // revert looks for it, once, over all.
  `ALTER TABLE golden ADD COLUMN cause text`,
  `ALTER TABLE golden_history ADD COLUMN cause text`,
  // What reconcile rounds found and golden answered with other values: enough to undo them.
  `CREATE TABLE repair (
    entity text NOT NULL, round_id text NOT NULL, key text COLLATE "C" NOT NULL, system text NOT NULL,
    external_id text NOT NULL, epoch integer NOT NULL, sequence bigint NOT NULL, version bigint NOT NULL,
    status text NOT NULL, found jsonb NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (entity, round_id, key)
  )`,
  `CREATE INDEX repair_by_time ON repair (at)`,
  `CREATE TABLE revert (
    id text PRIMARY KEY DEFAULT 'r-' || substr(md5(gen_random_uuid()::text), 1, 10), selection jsonb NOT NULL,
    state text NOT NULL DEFAULT 'planning', digest text, created_at timestamptz NOT NULL, created_by text NOT NULL,
    approved_by text, reason text
  )`,
  `CREATE INDEX revert_waiting ON revert (created_at) WHERE state IN ('planning', 'applying')`,
  `CREATE TABLE revert_item (
    revert_id text NOT NULL REFERENCES revert ON DELETE CASCADE, key text COLLATE "C" NOT NULL,
    outcome text NOT NULL DEFAULT 'selected', selected bigint[] NOT NULL, version bigint NOT NULL DEFAULT 0,
    changes jsonb NOT NULL DEFAULT '[]', skipped jsonb NOT NULL DEFAULT '[]', PRIMARY KEY (revert_id, key)
  )`,
  `CREATE INDEX revert_item_by_outcome ON revert_item (revert_id, outcome, key)`,
];

/**
 * What made each version, what rounds repaired, and reverts with their plans (ADR 19). Versions from before have no cause.
 * Roll back: `down` drops all; what was reverted stays so, since it is contributions of the hub.
 */
export class AddReverts extends SqlMigration {
  readonly name = 'AddReverts1700000000120';
  protected readonly forward = CHANGES;
  protected readonly back = [
    'DROP TABLE revert_item, revert, repair',
    'ALTER TABLE golden_history DROP COLUMN cause',
    'ALTER TABLE golden DROP COLUMN cause',
  ];
}
