import { HubError, withArrayLiterals, type ErrorCode, type Logger } from '#kernel';
import pg from 'pg';
import type { DatabaseOptions, TextRow } from '../database.js';
import { ClosingClient } from './closing-client.js';

/** Name and type oid of a column of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly typeOid: number;
}

interface ServerError {
  readonly code?: string;
  readonly message?: string;
  readonly constraint?: string;
}

/** What the server may grant our statement beyond its own limit before the socket counts as dead. */
const SOCKET_GRACE_MS = 5_000;
const LOST = /Connection terminated|timeout exceeded when trying to connect|connection error|not queryable/i;
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);
const UNAUTHORISED = new Set(['28000', '28P01', '42501', '25006']);
/** Data exception, integrity violation, WITH CHECK OPTION, RAISE in a trigger: this row, not this system. */
const ROW_CLASSES = new Set(['22', '23', '44', 'P0']);

/** Statements against one system's database. An error destroys the connection that saw it. */
export class PostgresClient {
  private readonly pool: pg.Pool;

  constructor(
    private readonly options: DatabaseOptions,
    logger: Logger,
  ) {
    this.pool = new pg.Pool({
      connectionString: options.url,
      max: options.poolSize,
      connectionTimeoutMillis: Math.min(options.statementTimeoutMs, 10_000),
      query_timeout: options.statementTimeoutMs + SOCKET_GRACE_MS,
      application_name: options.applicationName,
      keepAlive: true,
      Client: ClosingClient,
      options: settings(options),
      types: { getTypeParser: () => (text: string | Buffer) => text },
    });
    // A connection that breaks fails its statement, and beyond that emits an error, in use or idle: without a listener
    // that ends the process.
    const note = (error: Error): void => logger.debug({ problem: error.message }, 'connection closed');
    this.pool.on('error', note);
    this.pool.on('connect', (client) => client.on('error', note));
  }

  /** Rows of one statement, outside any transaction. @throws HubError HUB_SOURCE_* */
  async query(text: string, values: readonly unknown[] = []): Promise<TextRow[]> {
    return (await this.run(text, values)).rows;
  }

  /** Columns of a statement's result. */
  async columns(text: string): Promise<readonly ResultColumn[]> {
    const { fields } = await this.run(text, []);
    return fields.map((field) => ({ name: field.name, typeOid: field.dataTypeID }));
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async run(text: string, values: readonly unknown[]): Promise<pg.QueryResult<TextRow>> {
    let client: pg.PoolClient | undefined;
    try {
      client = await this.pool.connect();
      const result = await client.query<TextRow>(text, withArrayLiterals(values));
      client.release();
      return result;
    } catch (error) {
      client?.release(true);
      throw toSourceError(error, this.options.statementTimeoutMs);
    }
  }
}

/** Printed values must not depend on the settings of server, database or role: they are digested and compared. */
function settings(options: DatabaseOptions): string {
  const values: Record<string, string> = {
    statement_timeout: String(options.statementTimeoutMs),
    idle_in_transaction_session_timeout: String(options.statementTimeoutMs),
    TimeZone: 'UTC',
    DateStyle: 'ISO,YMD',
    IntervalStyle: 'iso_8601',
    extra_float_digits: '1',
    bytea_output: 'hex',
    standard_conforming_strings: 'on',
    // Compiling costs a short statement more than it gains; statements over many ranges look expensive to the planner.
    jit: 'off',
    default_transaction_isolation: 'read\\ committed',
    default_transaction_read_only: options.readOnly ? 'on' : 'off',
    ...(options.schema === undefined ? {} : { search_path: `"${options.schema}"` }),
  };
  return Object.entries(values)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' ');
}

function toSourceError(error: unknown, timeoutMs: number): HubError {
  const { code = '', message = String(error), constraint } = (error ?? {}) as ServerError;
  const isRowFault = ROW_CLASSES.has(code.slice(0, 2));
  const details = { sqlState: code, timeoutMs, isRowFault, ...(constraint === undefined ? {} : { constraint }) };
  const classified = classify(code, message);
  return new HubError(classified, describe(classified, message), details, { cause: error });
}

function classify(code: string, message: string): ErrorCode {
  if (code === '57014' || message === 'Query read timeout') return 'HUB_SOURCE_TIMEOUT';
  if (isUnreachable(code, message)) return 'HUB_SOURCE_UNREACHABLE';
  if (UNAUTHORISED.has(code)) return 'HUB_SOURCE_UNAUTHORISED';
  if (code.startsWith('42') || code === '3F000' || code === '3D000') return 'HUB_SOURCE_SCHEMA';
  // Five characters are an SQLSTATE: the server answered. Anything else is no answer that we know.
  return /^[0-9A-Z]{5}$/.test(code) ? 'HUB_SOURCE_ERROR' : 'HUB_INVARIANT_BROKEN';
}

function isUnreachable(code: string, message: string): boolean {
  return UNREACHABLE.has(code) || code.startsWith('08') || LOST.test(message);
}

function describe(code: ErrorCode, message: string): string {
  if (code === 'HUB_SOURCE_UNREACHABLE') return `The database can't be reached: ${message || 'connection refused'}`;
  if (code === 'HUB_SOURCE_TIMEOUT') return 'The database did not answer in time.';
  return `The database says: ${message}`;
}
