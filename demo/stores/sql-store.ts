import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';

const PAGE_ROWS = 2_500;

/** Name under which the demo writes, as people and other programs would. */
export const DEMO_WRITER = 'demo';

const SHOP_TABLES = ['product', 'product_price', 'inventory', 'customer'];

/** A statement that wrote. */
export interface AuditedWrite {
  /** Name of the connection. */
  readonly writer: string;
  readonly rowCount: number;
  readonly relation: string;
  readonly operation: 'INSERT' | 'UPDATE' | 'DELETE';
}

/** One business database: plain SQL, as its own users would speak it. */
export class SqlStore {
  private readonly pool: pg.Pool;

  constructor(
    readonly name: string,
    readonly url: string,
  ) {
    this.pool = new pg.Pool({ connectionString: url, max: 4, application_name: DEMO_WRITER });
    // An idle connection that ends with its server is no fault of a statement; a statement would tell.
    this.pool.on('error', () => undefined);
  }

  /** Rows of one statement; numeric and bigint columns come as strings. */
  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.pool.query<Row>(text, [...values]);
    return rows;
  }

  /** Creates the tables of `<name>.sql` in this folder. */
  async createTables(): Promise<void> {
    await this.pool.query(readFileSync(join(import.meta.dirname, `${this.name}.sql`), 'utf8'));
    if (this.name === 'shop') await this.audit(SHOP_TABLES);
  }

  /** Notes from now on every statement that writes one of the tables. */
  async audit(tables: readonly string[]): Promise<void> {
    await this.pool.query(readFileSync(join(import.meta.dirname, 'write-audit.sql'), 'utf8'));
    await this.pool.query('SELECT demo_audit($1)', [tables]);
  }

  /** Number of the statement that was noted last. */
  async lastWrite(): Promise<string> {
    const [row] = await this.query<{ id: string }>('SELECT coalesce(max(id), 0) AS id FROM demo_write_audit');
    return row?.id ?? '0';
  }

  /** Statements after that one which the demo did not run. */
  async foreignWrites(sinceId: string): Promise<AuditedWrite[]> {
    return this.query<AuditedWrite>(
      `SELECT writer, row_count AS "rowCount", relation, operation FROM demo_write_audit
       WHERE id > $1 AND writer <> $2 ORDER BY id`,
      [sinceId, DEMO_WRITER],
    );
  }

  /** Inserts rows page by page. @param columns with their types, as `jsonb_to_recordset` wants them */
  async insert(table: string, columns: Readonly<Record<string, string>>, rows: readonly object[]): Promise<void> {
    const names = Object.keys(columns).join(', ');
    const typed = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
    const text = `INSERT INTO ${table} (${names}) SELECT ${names} FROM jsonb_to_recordset($1::jsonb) AS r (${typed.join(', ')})`;
    for (let start = 0; start < rows.length; start += PAGE_ROWS)
      await this.pool.query(text, [JSON.stringify(rows.slice(start, start + PAGE_ROWS))]);
    await this.pool.query(`ANALYZE ${table}`);
  }

  /** Statements in one transaction in which no trigger fires: no time of change is touched, and no audit is written. */
  async behindTheBack(statements: readonly (readonly [text: string, values: readonly unknown[]])[]): Promise<number> {
    const client = await this.pool.connect();
    let rows = 0;
    try {
      await client.query('BEGIN');
      await client.query('SET LOCAL session_replication_role = replica');
      for (const [text, values] of statements) rows += (await client.query(text, [...values])).rowCount ?? 0;
      await client.query('COMMIT');
      client.release();
      return rows;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }

  /** Runs a statement in a transaction that stays open until the answer is called. */
  async hold(text: string, values: readonly unknown[]): Promise<() => Promise<void>> {
    const client = await this.pool.connect();
    await client.query('BEGIN');
    await client.query(text, [...values]);
    return async () => {
      await client.query('COMMIT');
      client.release();
    };
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}
