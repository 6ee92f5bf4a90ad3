import { testConnector } from '#connector-sdk/testing';
import { lineTo } from '../../test/harness/line.js';
import { ArticleTable, databaseUrl } from '../../test/harness/postgres-articles.js';

const line = await lineTo(databaseUrl(), 'tcp');

testConnector({
  name: 'sql on PostgreSQL: a table with a time column, external id is the key',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: false, digest: true },
  refused: { brand: 'forbidden' },
  line: line.faults,
  setUp: () => ArticleTable.create({ options: { changedAt: 'updated_at' }, url: line.url }),
});

testConnector({
  name: 'sql on PostgreSQL: a table that is only scanned, external id is a number',
  entity: 'product',
  capabilities: { changes: 'scan', precondition: 'version', deleteEvents: false, digest: true },
  refused: { ean: 'x', weight: '9999999999' },
  line: line.faults,
  setUp: () => ArticleTable.create({ options: { id: 'id' }, url: line.url }),
});
