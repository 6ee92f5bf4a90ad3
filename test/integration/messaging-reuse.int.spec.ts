import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Database, type Sql } from '#store-postgres';
import pg from 'pg';
import { createDatabase, type ScratchDatabase } from '../harness/servers.js';

const LIMIT_MS = 300;
const SCHEMA = 'reuse';
let scratch: ScratchDatabase;
let database: Database;
let observer: pg.Client;

beforeAll(async () => {
  scratch = await createDatabase('reuse');
  database = await Database.connect(
    {
      ...{ url: scratch.url, schema: SCHEMA, applicationName: 'reuse-test', poolSize: 1 },
      ...{ statementTimeoutMs: LIMIT_MS, idleInTransactionTimeoutMs: LIMIT_MS },
    },
    [],
  );
  observer = new pg.Client({ connectionString: scratch.url, options: `-c search_path=${SCHEMA}` });
  await observer.connect();
  await observer.query(`CREATE SCHEMA ${SCHEMA}`);
  await observer.query('CREATE TABLE inbox (id int PRIMARY KEY); CREATE TABLE effect (id int)');
});

afterAll(async () => {
  await observer.end();
  await database.close();
  await scratch.drop();
});

beforeEach(() => observer.query('TRUNCATE inbox, effect'));

/** What goes wrong the first time that a message is handled. */
interface Trouble {
  /** Seconds that the statement on the inbox takes. */
  readonly slowSeconds: number;
  /** How long the process stands still between the inbox and the effect. */
  readonly stoppedMs: number;
}
const NONE: Trouble = { slowSeconds: 0, stoppedMs: 0 };

/** A consumer's unit of work: the message is noted in the inbox, and then takes effect. */
async function apply(sql: Sql, id: number, trouble: Trouble): Promise<'applied' | 'duplicate'> {
  const noted = await sql.query(
    `INSERT INTO inbox SELECT $1::int FROM (SELECT pg_sleep($2)) AS slow ON CONFLICT DO NOTHING RETURNING id`,
    [id, trouble.slowSeconds],
  );
  if (noted.length === 0) return 'duplicate';
  await new Promise((resolve) => setTimeout(resolve, trouble.stoppedMs));
  await sql.query('INSERT INTO effect VALUES ($1)', [id]);
  return 'applied';
}

async function stored(): Promise<{ inbox: number; effects: number }> {
  const { rows } = await observer.query<{ inbox: number; effects: number }>(
    'SELECT (SELECT count(*) FROM inbox)::int AS inbox, (SELECT count(*) FROM effect)::int AS effects',
  );
  return rows[0] ?? { inbox: -1, effects: -1 };
}

async function sessions(name: string): Promise<number[]> {
  const query = 'SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()';
  const { rows } = await observer.query<{ pid: number }>(query, [name]);
  return rows.map(({ pid }) => pid);
}

describe('a message whose transaction ran into a limit is applied as a whole the next time', () => {
  test.each([
    ['its statement timed out', { slowSeconds: 5, stoppedMs: 0 }],
    ['its process was stopped in mid-transaction', { slowSeconds: 0, stoppedMs: 4 * LIMIT_MS }],
  ])('when %s: Database.transaction does not use the connection again', async (_when, trouble) => {
    await database.query('SELECT 1');
    const before = await sessions('reuse-test');
    expect(before).toHaveLength(1);
    await expect(database.transaction((sql) => apply(sql, 1, trouble))).rejects.toMatchObject({
      code: expect.stringMatching(/^HUB_DATABASE_/) as unknown,
    });
    expect(await stored()).toEqual({ inbox: 0, effects: 0 });
    expect(await database.transaction((sql) => apply(sql, 1, NONE))).toBe('applied');
    expect(await stored()).toEqual({ inbox: 1, effects: 1 });
    const after = await sessions('reuse-test');
    expect(after).toHaveLength(1);
    expect(after).not.toEqual(before);
  });
});

describe('a mutant that uses the connection again', () => {
  let client: pg.Client;
  let isOpen = false;

  beforeAll(async () => {
    // the client's limit: it gives up on the statement, which goes on in the server
    const limit = { query_timeout: LIMIT_MS, application_name: 'reuse-mutant' };
    client = new pg.Client({ connectionString: scratch.url, options: `-c search_path=${SCHEMA}`, ...limit });
    await client.connect();
  });
  afterAll(() => client.end());

  /** Goes on with the transaction that is open, instead of throwing its connection away. */
  async function reusing<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    if (!isOpen) await client.query('BEGIN');
    isOpen = true;
    const sql: Sql = {
      query: async <Row>(text: string, values: readonly unknown[] = []) =>
        (await client.query(text, [...values])).rows as Row[],
    };
    const result = await work(sql);
    await client.query('COMMIT');
    isOpen = false;
    return result;
  }

  test('loses the message: it is noted, and took no effect', async () => {
    const slow = { slowSeconds: (2 * LIMIT_MS) / 1000, stoppedMs: 0 };
    await expect(reusing((sql) => apply(sql, 1, slow))).rejects.toThrow('Query read timeout');
    await new Promise((resolve) => setTimeout(resolve, 2 * LIMIT_MS));
    expect(await reusing((sql) => apply(sql, 1, NONE))).toBe('duplicate');
    expect(await stored()).toEqual({ inbox: 1, effects: 0 });
  });
});
