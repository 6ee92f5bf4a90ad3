import { SqlMigration } from '../sql-migration.js';

const TABLES = ['feed', 'feed_position', 'feed_record', 'feed_entry'] as const;

/**
 * Feeds by their path: of an entity there may be several, each with a shape of its own. Those that there are keep their addresses and
 * contents; a gateway from before this stops. Roll back: `down` drops the named ones, which are seeded anew then; the others stay.
 */
export class AddNamedFeeds extends SqlMigration {
  readonly name = 'AddNamedFeeds1700000005010';
  protected readonly forward = [
    ...TABLES.map((table) => `ALTER TABLE ${table} RENAME COLUMN entity TO feed`),
    `ALTER TABLE feed ADD COLUMN entity text, ADD COLUMN shape text NOT NULL DEFAULT ''`,
    'UPDATE feed SET entity = feed',
    'ALTER TABLE feed ALTER COLUMN entity SET NOT NULL',
  ];
  protected readonly back = [
    ...[...TABLES].reverse().map((table) => `DELETE FROM ${table} WHERE feed LIKE '%/%'`),
    'ALTER TABLE feed DROP COLUMN entity, DROP COLUMN shape',
    ...TABLES.map((table) => `ALTER TABLE ${table} RENAME COLUMN feed TO entity`),
  ];
}
