import { SqlMigration } from '../sql-migration.js';

/** Keys may be of any length, which no B-tree takes, and hold any character, which no text takes: so bytes, and their hash. */
export const hashSql = (bytes: string): string => `hashtextextended(encode(${bytes}, 'hex'), 0)`;

const TABLES = [
  // A partition that was made anew gets a new row; what is indexed under the retired one is found no more.
  `CREATE TABLE indexed_partition (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, topic text COLLATE "C" NOT NULL, partition integer NOT NULL,
    low bigint NOT NULL DEFAULT 0, is_retired boolean NOT NULL DEFAULT false, is_clean boolean NOT NULL DEFAULT true
  )`,
  `CREATE UNIQUE INDEX indexed_partition_in_use ON indexed_partition (topic, partition) WHERE NOT is_retired`,
  // What many records say alike. Kinds below 0 have no event prefix: their records hold their event id whole.
  `CREATE TABLE indexed_kind (
    id integer PRIMARY KEY, digest bytea NOT NULL UNIQUE, type bytea, event_prefix bytea, is_tombstone boolean NOT NULL
  )`,
  `CREATE SEQUENCE indexed_kind_number AS integer CACHE 1`,
  // Eight columns: with a ninth the null bitmap would make each row eight bytes longer.
  `CREATE TABLE indexed_record (
    "offset" bigint NOT NULL, appended_at timestamptz NOT NULL, source integer NOT NULL, kind integer NOT NULL,
    trace_id uuid, key bytea NOT NULL, event bytea, business_key bytea
  ) WITH (autovacuum_vacuum_insert_scale_factor = 0.5)`,
  `CREATE INDEX indexed_record_by_key ON indexed_record ((${hashSql('key')}))`,
  `CREATE INDEX indexed_record_by_business_key ON indexed_record ((${hashSql('business_key')}))
    WHERE business_key IS NOT NULL`,
  `CREATE INDEX indexed_record_by_event ON indexed_record ((${hashSql('event')})) WHERE kind < 0 AND event IS NOT NULL`,
  `CREATE INDEX indexed_record_by_trace ON indexed_record (trace_id) WHERE trace_id IS NOT NULL`,
  `CREATE INDEX indexed_record_by_time ON indexed_record USING brin (appended_at)
    WITH (pages_per_range = 32, autosummarize = on)`,
  // How far the table was looked through for what is to be removed, in pages of the table; one row.
  `CREATE TABLE index_clean_up (next_page bigint NOT NULL)`,
  `INSERT INTO index_clean_up VALUES (0)`,
];

/** The index of records (ADR 28). Roll back: `down` drops the tables; the indexer reads every topic again. */
export class CreateIndexTables extends SqlMigration {
  readonly name = 'CreateIndexTables1700000000400';
  protected readonly forward = TABLES;
  protected readonly back = [
    'DROP TABLE index_clean_up, indexed_record, indexed_kind, indexed_partition',
    'DROP SEQUENCE indexed_kind_number',
  ];
}
