import { SqlMigration } from '../sql-migration.js';

const TABLES = [
  // One row per contributor of a record: what it said last, and what of it was rejected.
  `CREATE TABLE contribution (
    entity text NOT NULL, key text COLLATE "C" NOT NULL, system text NOT NULL, external_id text COLLATE "C" NOT NULL,
    epoch integer NOT NULL, sequence bigint NOT NULL, status text, said text, rejected text,
    PRIMARY KEY (entity, key, system, external_id)
  ) WITH (fillfactor = 85)`,
  // The current version; version 0 is a foreign record that was never published.
  `CREATE TABLE golden (
    entity text NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL, sequence bigint NOT NULL,
    status text NOT NULL, policy_version integer NOT NULL, changed_at timestamptz NOT NULL, fields text NOT NULL,
    PRIMARY KEY (entity, key)
  ) WITH (fillfactor = 85)`,
  // Versions that are no longer current: a first import writes none.
  `CREATE TABLE golden_history (
    entity text NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL,
    status text NOT NULL, policy_version integer NOT NULL, changed_at timestamptz NOT NULL, fields text NOT NULL,
    PRIMARY KEY (entity, key, version)
  )`,
  `CREATE TABLE policy (
    entity text NOT NULL, version integer NOT NULL, text text NOT NULL,
    adopted_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (entity, version)
  )`,
  `CREATE TABLE guard_batch (
    id text PRIMARY KEY, system text NOT NULL, entity text NOT NULL, size integer NOT NULL, seen integer NOT NULL,
    catalogue bigint NOT NULL, released jsonb NOT NULL, last_seen_at timestamptz NOT NULL
  )`,
  `CREATE SEQUENCE hold_number`,
  `CREATE TABLE hold (
    id text PRIMARY KEY DEFAULT 'live-' || nextval('hold_number'), batch_id text NOT NULL, system text NOT NULL,
    entity text NOT NULL, state text NOT NULL, rule text NOT NULL DEFAULT '', count bigint NOT NULL DEFAULT 0,
    "limit" bigint NOT NULL DEFAULT 0, reason text NOT NULL DEFAULT '', digest text NOT NULL DEFAULT '',
    samples text[] NOT NULL DEFAULT '{}', opened_at timestamptz NOT NULL, decided_at timestamptz, decided_by text
  )`,
  `CREATE UNIQUE INDEX hold_undecided ON hold (batch_id) WHERE state IN ('collecting', 'open')`,
  // The latest contribution of each id that is set aside; gone once it is settled.
  `CREATE TABLE held (
    entity text NOT NULL, system text NOT NULL, external_id text COLLATE "C" NOT NULL, key text COLLATE "C" NOT NULL,
    hold_id text NOT NULL REFERENCES hold, epoch integer NOT NULL, sequence bigint NOT NULL, rules text[] NOT NULL,
    is_bulk boolean NOT NULL, event jsonb NOT NULL, PRIMARY KEY (entity, system, external_id)
  )`,
  `CREATE INDEX held_by_hold ON held (hold_id)`,
  `CREATE INDEX held_by_key ON held (entity, key)`,
  `CREATE TABLE guard_decision (
    id text PRIMARY KEY, hold_id text NOT NULL, actor text NOT NULL, action text NOT NULL, details jsonb NOT NULL,
    at timestamptz NOT NULL
  )`,
];

/**
 * Golden's contributions, records, past versions, policies and the guard's holds. Fields are JSON as text: no statement
 * looks into them, and PostgreSQL need not parse them. Updates of a record stay on its page
 * (fillfactor; no index on a column that changes).
 * Roll back: `down` drops all; golden can be rebuilt from the change topics, decisions on holds can not.
 */
export class CreateGoldenTables extends SqlMigration {
  readonly name = 'CreateGoldenTables1700000000100';
  protected readonly forward = TABLES;
  protected readonly back = [
    'DROP TABLE guard_decision, held, hold, guard_batch, policy, golden_history, golden, contribution',
    'DROP SEQUENCE hold_number',
  ];
}
