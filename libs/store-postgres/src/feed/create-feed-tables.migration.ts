import { SqlMigration } from '../sql-migration.js';

/**
 * Feeds: entries in the order in which they were taken, the latest of each record, and how far each partition is. Roll back:
 * `down` drops all; feeds begin anew, under the same addresses with other contents.
 */
export class CreateFeedTables extends SqlMigration {
  readonly name = 'CreateFeedTables1700000005000';
  protected readonly forward = [
    'CREATE TABLE feed (entity text PRIMARY KEY, topic text NOT NULL, last_number bigint NOT NULL DEFAULT 0)',
    `CREATE TABLE feed_position (
      entity text NOT NULL, partition integer NOT NULL, next_offset bigint NOT NULL, state text NOT NULL,
      PRIMARY KEY (entity, partition)
    ) WITH (fillfactor = 20)`,
    `CREATE TABLE feed_record (
      entity text NOT NULL, key text COLLATE "C" NOT NULL, sequence bigint NOT NULL, is_live boolean NOT NULL, digest text NOT NULL,
      PRIMARY KEY (entity, key)
    )`,
    `CREATE TABLE feed_entry (
      entity text NOT NULL, number bigint NOT NULL, key text COLLATE "C" NOT NULL, version bigint NOT NULL,
      sequence bigint NOT NULL, status text NOT NULL, changed_at text NOT NULL, fields jsonb NOT NULL, PRIMARY KEY (entity, number)
    )`,
    'CREATE INDEX feed_entry_key ON feed_entry (entity, key)',
  ];
  protected readonly back = [
    'DROP TABLE feed_entry',
    'DROP TABLE feed_record',
    'DROP TABLE feed_position',
    'DROP TABLE feed',
  ];
}
