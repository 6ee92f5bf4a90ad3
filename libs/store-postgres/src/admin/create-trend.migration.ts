import { SqlMigration } from '../sql-migration.js';

/**
 * How the hub was, for the charts of the admin page: a row for each half minute, thinned after an hour and gone after a day
 * (ADR 35). Roll back: `down` drops the table; the charts begin anew.
 */
export class CreateTrend extends SqlMigration {
  readonly name = 'CreateTrend1700000003100';
  protected readonly forward = [
    `CREATE TABLE trend_point (slot integer PRIMARY KEY, is_thinned boolean NOT NULL DEFAULT false, point jsonb NOT NULL)`,
    `CREATE INDEX trend_point_unthinned ON trend_point (slot) WHERE NOT is_thinned`,
  ];
  protected readonly back = ['DROP TABLE trend_point'];
}
