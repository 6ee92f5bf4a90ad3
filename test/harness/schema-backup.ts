import type pg from 'pg';

interface Sequence {
  readonly name: string;
  readonly value: string;
}

/** A process's schema as a backup has it, copied and put back as a whole: rows and numbers. */
export class SchemaBackup {
  private readonly copy: string;
  private sequences: readonly Sequence[] = [];

  constructor(
    private readonly database: pg.Client,
    private readonly schema: string,
  ) {
    this.copy = `${schema}_backup`;
  }

  /** Copies the schema as it is now, over an earlier copy: all tables at one instant, as `pg_dump` does. */
  async take(): Promise<void> {
    await this.database.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
    await this.database.query(`DROP SCHEMA IF EXISTS "${this.copy}" CASCADE`);
    await this.database.query(`CREATE SCHEMA "${this.copy}"`);
    for (const table of await this.tables())
      await this.database.query(`CREATE TABLE "${this.copy}"."${table}" AS TABLE "${this.schema}"."${table}"`);
    const { rows } = await this.database.query<Sequence>(
      'SELECT sequencename AS name, coalesce(last_value, 1)::text AS value FROM pg_sequences WHERE schemaname = $1',
      [this.schema],
    );
    this.sequences = rows;
    await this.database.query('COMMIT');
  }

  /** Puts the copy in the place of what is there, in one transaction and without triggers. */
  async putBack(): Promise<void> {
    const tables = await this.tables();
    await this.database.query('BEGIN');
    await this.database.query('SET LOCAL session_replication_role = replica');
    await this.database.query(`TRUNCATE ${tables.map((table) => `"${this.schema}"."${table}"`).join(', ')}`);
    for (const table of tables)
      await this.database.query(
        `INSERT INTO "${this.schema}"."${table}" OVERRIDING SYSTEM VALUE SELECT * FROM "${this.copy}"."${table}"`,
      );
    for (const { name, value } of this.sequences)
      await this.database.query('SELECT setval($1::regclass, $2::bigint)', [`"${this.schema}"."${name}"`, value]);
    await this.database.query('COMMIT');
  }

  private async tables(): Promise<string[]> {
    const { rows } = await this.database.query<{ tablename: string }>(
      `SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename NOT LIKE '%migrations%' ORDER BY tablename`,
      [this.schema],
    );
    return rows.map(({ tablename }) => tablename);
  }
}
