import { HubError, type ErrorCode, type Logger } from '#kernel';
import { createPool, type FieldPacket, type Pool, type PoolConnection } from 'mysql2/promise';
import type { DatabaseOptions, TextRow } from '../database.js';
import { toSourceError } from './source-error.js';

/** A value of a statement: every one goes as text or as null. */
export type SqlValue = string | null;

/** Runs one statement of a transaction. */
export type Query = (text: string, values?: readonly SqlValue[]) => Promise<TextRow[]>;

/** A column of a result, as the protocol describes it. */
export type ResultColumn = Pick<FieldPacket, 'name' | 'columnType' | 'characterSet' | 'flags'>;

/** What the server may grant our statement beyond its own limit before the socket counts as dead. */
const SOCKET_GRACE_MS = 5_000;
const DEFAULT_PORT = 3306;

/** Statements against one system's database, all prepared. An error destroys the connection that saw it. */
export class MariadbClient {
  private readonly pool: Pool;
  /** Connections whose session has our settings. */
  private readonly settled = new WeakSet<object>();

  constructor(
    private readonly options: DatabaseOptions,
    private readonly logger: Logger,
  ) {
    this.pool = createPool({
      ...toAddress(options),
      charset: 'utf8mb4',
      connectionLimit: options.poolSize,
      maxIdle: options.poolSize,
      connectTimeout: Math.min(options.statementTimeoutMs, 10_000),
      enableKeepAlive: true,
      // The server must not be able to ask for our files.
      flags: ['-LOCAL_FILES'],
      maxPreparedStatements: 100,
      connectAttributes: { program_name: options.applicationName },
    });
  }

  /** Rows of one statement, outside any transaction. @throws HubError HUB_SOURCE_* */
  async query(text: string, values: readonly SqlValue[] = []): Promise<TextRow[]> {
    return this.withConnection(async (run) => (await run(text, values)).rows);
  }

  /** Columns of a statement's result. */
  async columns(text: string): Promise<readonly ResultColumn[]> {
    return this.withConnection(async (run) => (await run(text, [])).columns);
  }

  /** Runs statements in one transaction, which an error ends with its connection. */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return this.withConnection(async (run) => {
      await run('START TRANSACTION READ WRITE', []);
      const result = await work(async (text, values = []) => (await run(text, values)).rows);
      await run('COMMIT', []);
      return result;
    });
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async withConnection<T>(work: (run: ReturnType<typeof runnerOf>) => Promise<T>): Promise<T> {
    let connection: PoolConnection | undefined;
    try {
      connection = await this.pool.getConnection();
      const run = runnerOf(connection, this.options.statementTimeoutMs + SOCKET_GRACE_MS);
      await this.settle(connection, run);
      const result = await work(run);
      connection.release();
      return result;
    } catch (error) {
      connection?.destroy();
      throw error instanceof HubError ? error : toSourceError(error, this.options.statementTimeoutMs);
    }
  }

  /** Printed values and what counts as an error must not depend on the settings of server or account. */
  private async settle(connection: PoolConnection, run: ReturnType<typeof runnerOf>): Promise<void> {
    if (this.settled.has(connection.connection)) return;
    // An idle connection that the server closes is no fault of a statement; without a listener it ends the process.
    connection.connection.on('error', (error: Error) =>
      this.logger.debug({ problem: error.message }, 'connection closed'),
    );
    await run(`SET SESSION ${settings(this.options).join(', ')}`, []);
    await run(`SET SESSION TRANSACTION ${this.options.readOnly ? 'READ ONLY' : 'READ WRITE'}`, []);
    this.settled.add(connection.connection);
  }
}

interface Result {
  readonly rows: TextRow[];
  readonly columns: readonly ResultColumn[];
}

function runnerOf(connection: PoolConnection, timeoutMs: number) {
  return async (sql: string, values: readonly SqlValue[]): Promise<Result> => {
    const [rows, columns] = await connection.execute({ sql, values: [...values], timeout: timeoutMs });
    // A statement without a result answers with its header.
    return { rows: Array.isArray(rows) ? (rows as TextRow[]) : [], columns: columns ?? [] };
  };
}

function settings({ statementTimeoutMs }: DatabaseOptions): string[] {
  const seconds = Math.ceil(statementTimeoutMs / 1_000);
  return [
    `max_statement_time = ${statementTimeoutMs / 1_000}`,
    `innodb_lock_wait_timeout = ${seconds}`,
    `idle_transaction_timeout = ${seconds}`,
    "time_zone = '+00:00'",
    "tx_isolation = 'READ-COMMITTED'",
    "sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    // A list of ids must stay one, sorted: as a join it costs rows times ids.
    'in_predicate_conversion_threshold = 0',
    // Longer than any unique index allows, so that no two ids look alike to the sort.
    'max_sort_length = 4096',
  ];
}

function toAddress({ url, schema }: DatabaseOptions): Record<string, unknown> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(url);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? DEFAULT_PORT : Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: schema ?? decodeURIComponent(pathname.slice(1)),
    ...toEncryption(searchParams.get('ssl')),
  };
}

/** `?ssl=verify` checks the certificate, `?ssl=require` encrypts only. */
function toEncryption(ssl: string | null): Record<string, unknown> {
  if (ssl === null) return {};
  if (ssl === 'verify' || ssl === 'require') return { ssl: { rejectUnauthorized: ssl === 'verify' } };
  const code: ErrorCode = 'HUB_CONFIG_INVALID';
  throw new HubError(code, 'url: ssl must be verify or require.');
}
