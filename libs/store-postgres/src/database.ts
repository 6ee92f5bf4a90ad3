import { withArrayLiterals } from '#kernel';
import { DataSource, type MigrationInterface, type QueryRunner } from 'typeorm';
import { ClosingClient } from './closing-client.js';
import { CopyIn, type PgLoadingClient } from './copy-in.js';
import { CopyOut, type CopiedRows, type PgClient } from './copy-out.js';
import { toDatabaseError } from './database-errors.js';

/** How a service reaches its own schema. */
export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** Schema owned by this service; created by {@link Database.migrate}. */
  readonly schema: string;
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string;
  readonly poolSize?: number;
  /** The server's limits; the client has none, since a client-side time-out leaves a connection in an unknown state. */
  readonly statementTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
}

/** Statements of one transaction, or of one connection without one. */
export interface Sql {
  /** Rows of the statement. bigint and numeric columns come as strings. @throws HubError HUB_DATABASE_* */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Statements of one transaction, which may also load rows. */
export interface LoadingSql extends Sql {
  /** Loads the bytes by a `COPY … FROM STDIN`, which takes no parameters. @throws HubError HUB_DATABASE_* */
  copyIn(text: string, bytes: Buffer): Promise<void>;
}

/** A migration class: `up` and `down` run inside a transaction with the service's `search_path`. */
export type Migration = new () => MigrationInterface;

/**
 * Every statement of a service finds its rows by an index. While a table grows during a first import its statistics still
 * say that it is empty, and the planner would read it whole for each page; compiling such short statements never pays.
 * None of them is worth a parallel worker, and a page of the outbox must come in the order of its parts.
 */
const PLANNER_SETTINGS = ['-c enable_seqscan=off', '-c jit=off', '-c max_parallel_workers_per_gather=0'];

/** Connections of one service to its own schema. Any error destroys the connection that saw it. */
export class Database implements Sql {
  private constructor(
    private readonly dataSource: DataSource,
    private readonly options: DatabaseOptions,
  ) {}

  /** The address and the schema that it was opened with. */
  get place(): Pick<DatabaseOptions, 'url' | 'schema'> {
    return this.options;
  }

  /** Connects. @throws HubError HUB_DATABASE_UNREACHABLE */
  static async connect(options: DatabaseOptions, migrations: readonly Migration[]): Promise<Database> {
    const settings = [
      `-c search_path=${options.schema}`,
      ...PLANNER_SETTINGS,
      `-c statement_timeout=${options.statementTimeoutMs ?? 60_000}`,
      `-c idle_in_transaction_session_timeout=${options.idleInTransactionTimeoutMs ?? 60_000}`,
    ];
    const dataSource = new DataSource({
      type: 'postgres',
      url: options.url,
      schema: options.schema,
      applicationName: options.applicationName,
      poolSize: options.poolSize ?? 8,
      migrations: [...migrations],
      migrationsTableName: 'migration',
      extra: { options: settings.join(' '), connectionTimeoutMillis: 10_000, Client: ClosingClient },
    });
    try {
      await dataSource.initialize();
    } catch (error) {
      throw toDatabaseError(error);
    }
    return new Database(dataSource, options);
  }

  /** Creates the schema and brings its tables up to date. Safe to run by several processes at once. */
  async migrate(): Promise<void> {
    const lock = await this.lockedRunner();
    try {
      await lock.query(`CREATE SCHEMA IF NOT EXISTS "${this.options.schema}"`);
      await this.dataSource.runMigrations({ transaction: 'each' });
      await lock.query('SELECT pg_advisory_unlock(hashtext($1))', [this.options.schema]);
    } catch (error) {
      destroy(lock, error);
      throw toDatabaseError(error);
    }
    await lock.release();
  }

  private async lockedRunner(): Promise<QueryRunner> {
    const runner = this.dataSource.createQueryRunner();
    await runner.query('SELECT pg_advisory_lock(hashtext($1))', [this.options.schema]);
    return runner;
  }

  /** Runs `work` in one READ COMMITTED transaction; an error rolls back and destroys the connection. */
  async transaction<T>(work: (sql: LoadingSql) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.startTransaction();
      const result = await work({
        query: (text, values) => runQuery(runner, text, values),
        copyIn: (text, bytes) => copyIn(runner, text, bytes),
      });
      await runner.commitTransaction();
      await runner.release();
      return result;
    } catch (error) {
      destroy(runner, error);
      throw toDatabaseError(error);
    }
  }

  /** One statement on its own connection, outside any transaction. */
  async query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const rows = await runQuery<Row>(runner, text, values);
      await runner.release();
      return rows;
    } catch (error) {
      destroy(runner, error);
      throw toDatabaseError(error);
    }
  }

  /** As {@link query}, for a statement that returns no rows. @returns how many rows it changed */
  async execute(text: string, values?: readonly unknown[]): Promise<number> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const { affected } = await runner.query(text, withArrayLiterals(values ?? []), true);
      await runner.release();
      return affected ?? 0;
    } catch (error) {
      destroy(runner, error);
      throw toDatabaseError(error);
    }
  }

  /**
   * The bytes of a `COPY … TO STDOUT`, which takes no parameters, on a connection of its own.
   * @param into where they go, if there is room
   * @param mostBytes rows beyond it are dropped, but for the first
   */
  async copyOut(text: string, into: Buffer, mostBytes: number): Promise<CopiedRows> {
    const runner = this.dataSource.createQueryRunner();
    try {
      const copy = new CopyOut(text, into, mostBytes);
      ((await runner.connect()) as PgClient).query(copy);
      const copied = await copy.done;
      await runner.release();
      return copied;
    } catch (error) {
      destroy(runner, error);
      throw toDatabaseError(error);
    }
  }

  async close(): Promise<void> {
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

async function runQuery<Row>(runner: QueryRunner, text: string, values: readonly unknown[] = []): Promise<Row[]> {
  const result = await runner.query(text, withArrayLiterals(values), true);
  return result.records as Row[];
}

async function copyIn(runner: QueryRunner, text: string, bytes: Buffer): Promise<void> {
  const copy = new CopyIn(text, bytes);
  ((await runner.connect()) as PgLoadingClient).query(copy);
  await copy.done;
}

/**
 * Closes the connection instead of giving it back: after an error its state is unknown, and a late answer on a reused
 * connection lost events when it was tried. TypeORM has the method, but hides it from its types.
 */
function destroy(runner: QueryRunner, error: unknown): void {
  const hidden = runner as unknown as { releasePostgresConnection(error: unknown): Promise<void> };
  void hidden.releasePostgresConnection(error instanceof Error ? error : new Error(String(error)));
}
