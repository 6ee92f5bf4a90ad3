import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ChangePage, Connector } from '#connector-sdk';
import { SuiteClock } from '#connector-sdk/testing';
import { silentLogger } from '#kernel';
import pg from 'pg';
import { sqlConnector } from '../../connectors/sql/connector.js';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';

const HALF_OVERLAP_MS = 15_000;

describe('sweeps behind the cursor of a table', () => {
  let database: ScratchDatabase;
  let pool: pg.Pool;
  const clock = new SuiteClock();
  const opened: Connector[] = [];

  beforeAll(async () => {
    database = await createDatabase('sweeps');
    pool = new pg.Pool({ connectionString: database.url, max: 3 });
    await pool.query(`CREATE TABLE article (sku text PRIMARY KEY, brand text, changed timestamptz DEFAULT clock_timestamp());
      CREATE VIEW article_view AS SELECT * FROM article`);
  });
  afterAll(async () => {
    for (const connector of opened) await connector.close();
    await pool.end();
    await database.drop();
  });

  const open = (source: string, version?: string): Connector => {
    const options = { id: 'sku', changedAt: 'changed', ...(version !== undefined && { version }) };
    const mapping = { source, key: ['sku'], fields: { brand: { from: 'brand' } }, options };
    const connector = sqlConnector.open({
      system: 'erp',
      config: sqlConnector.configSchema.parse({ url: database.url }),
      mappings: { product: mapping },
      clock,
      logger: silentLogger,
      mode: 'observe',
      workFolder: '',
    });
    opened.push(connector);
    return connector;
  };
  /** Reads until nothing more comes; the keys in the order read, and the cursor. */
  const read = async (connector: Connector, from: string | null): Promise<{ keys: string[]; cursor: string }> => {
    const keys: string[] = [];
    let page: ChangePage;
    let cursor = from;
    do {
      page = await connector.changes('product', cursor, 10);
      cursor = page.cursor;
      keys.push(...page.records.map(({ key }) => String(key)));
    } while (page.more);
    return { keys, cursor };
  };
  const insert = (sku: string): Promise<unknown> => pool.query('INSERT INTO article (sku) VALUES ($1)', [sku]);

  test('a sweep reads nothing again that was committed before the last one began', async () => {
    for (const sku of ['A', 'B', 'C']) await insert(sku);
    const connector = open('article');
    let { cursor } = await read(connector, null);
    clock.advance(HALF_OVERLAP_MS);
    ({ cursor } = await read(connector, cursor)); // the first sweep: the snapshot is from before the first read
    clock.advance(HALF_OVERLAP_MS);
    expect((await read(connector, cursor)).keys).toEqual([]);
  });

  test('a row that was committed late, with an older time, is read by the next sweep, and by no later one', async () => {
    const connector = open('article');
    let { cursor } = await read(connector, null);
    const late = await pool.connect();
    await late.query(`BEGIN; INSERT INTO article (sku) VALUES ('LATE')`);
    await insert('D');
    const head = await read(connector, cursor);
    expect(head.keys).toEqual(['D']);
    clock.advance(HALF_OVERLAP_MS);
    ({ cursor } = await read(connector, head.cursor)); // a sweep that can't see it yet
    await late.query('COMMIT');
    late.release();
    clock.advance(HALF_OVERLAP_MS);
    const swept = await read(connector, cursor);
    expect(swept.keys).toEqual(['LATE']);
    clock.advance(HALF_OVERLAP_MS);
    expect((await read(connector, swept.cursor)).keys).toEqual([]);
  });

  test('where transaction ids went back (a restored server) everything in the overlap is read again', async () => {
    const connector = open('article');
    const { cursor } = await read(connector, null);
    const ahead = JSON.stringify({ ...(JSON.parse(cursor) as object), seen: '999999999:999999999:' });
    clock.advance(HALF_OVERLAP_MS);
    expect((await read(connector, ahead)).keys).toEqual(['A', 'B', 'C', 'LATE', 'D']);
  });

  test('rows of a view do not name their transaction: everything in the overlap is read again', async () => {
    const connector = open('article_view', 'none');
    const { cursor } = await read(connector, null);
    clock.advance(HALF_OVERLAP_MS);
    expect((await read(connector, cursor)).keys).toEqual(['A', 'B', 'C', 'LATE', 'D']);
  });
});
