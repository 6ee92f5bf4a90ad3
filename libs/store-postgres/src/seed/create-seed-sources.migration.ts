import { SqlMigration } from '../sql-migration.js';

/**
 * What the sources of a seed said: the topic as it was noted before, the scan of each system, its words, and what differs from the
 * topic. `document` is a text of JSON. Words are dropped when they are compared. Roll back: `down` drops all; a seed from the sources
 * can't go on or be checked then, and is begun anew into a new target.
 */
export class CreateSeedSources extends SqlMigration {
  readonly name = 'CreateSeedSources1700000004060';
  protected readonly forward = [
    'CREATE TABLE seed_source (target text COLLATE "C" PRIMARY KEY, noted json NOT NULL, differences json)',
    `CREATE TABLE seed_source_scan (
      target text COLLATE "C" REFERENCES seed_source ON DELETE CASCADE, system text COLLATE "C", cursor text,
      is_ended boolean NOT NULL, pages integer NOT NULL, records integer NOT NULL, silent integer NOT NULL,
      PRIMARY KEY (target, system)
    )`,
    // a word without a document is a record that says nothing
    `CREATE TABLE seed_source_word (
      target text COLLATE "C" REFERENCES seed_source ON DELETE CASCADE, system text COLLATE "C", external_id text COLLATE "C",
      key text COLLATE "C", document json, PRIMARY KEY (target, system, external_id)
    )`,
    'CREATE INDEX seed_source_word_by_key ON seed_source_word (target, key)',
    `CREATE TABLE seed_source_told (
      target text COLLATE "C" REFERENCES seed_source ON DELETE CASCADE, key text COLLATE "C", sequence bigint NOT NULL,
      PRIMARY KEY (target, key)
    )`,
    `CREATE TABLE seed_source_record (
      target text COLLATE "C" REFERENCES seed_source ON DELETE CASCADE, key text COLLATE "C", partition integer NOT NULL,
      kind text NOT NULL CHECK (kind IN ('added', 'changed', 'removed')), document json NOT NULL, PRIMARY KEY (target, key)
    )`,
    'CREATE INDEX seed_source_record_by_partition ON seed_source_record (target, partition, key)',
  ];
  protected readonly back = [
    ...['record', 'told', 'word', 'scan'].map((part) => `DROP TABLE seed_source_${part}`),
    'DROP TABLE seed_source',
  ];
}
