import { SqlMigration } from '../sql-migration.js';

/**
 * The quarter second that a time lies in. Rows of equal entries share a list of addresses in a B-tree: a shorter time takes more
 * bytes, and a longer one holds more rows that a search must sort. The origin is PostgreSQL's own: no time overflows.
 */
export const quarterSecondSql = (time: string): string =>
  `date_bin('250 milliseconds', ${time}, '2000-01-01Z'::timestamptz)`;

/**
 * Finds the newest records of a type: by each of its kinds, in the order of time to a quarter of a second. The table is analysed,
 * for the planner knows nothing of a new expression until then, and autovacuum waits for a tenth of the table. Both take about a
 * second for each million records, during which another indexer's pages wait.
 * Roll-back: `down` drops both indexes. The indexer of before looks through windows of time again.
 */
export class IndexRecordsByKind extends SqlMigration {
  readonly name = 'IndexRecordsByKind1700000000420';
  protected readonly forward = [
    'SET LOCAL statement_timeout = 0',
    `CREATE INDEX indexed_record_by_kind ON indexed_record (kind, (${quarterSecondSql('appended_at')}))`,
    // Types may be of any length, which no B-tree takes.
    'CREATE INDEX indexed_kind_by_type ON indexed_kind USING hash (type)',
    'ANALYZE indexed_record',
  ];
  protected readonly back = ['DROP INDEX indexed_kind_by_type', 'DROP INDEX indexed_record_by_kind'];
}
