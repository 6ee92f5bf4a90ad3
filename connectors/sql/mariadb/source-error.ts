import { HubError, type ErrorCode } from '#kernel';

interface ServerError {
  readonly errno?: number;
  readonly code?: string;
  readonly sqlState?: string;
  readonly message?: string;
}

/** Data exception, integrity violation, SIGNAL in a trigger: this row, not this system. */
const ROW_CLASSES = new Set(['22', '23', '45']);
/** Of states too general to tell: 1153 packet too large, 1265 not a value of the enum, 1364 no default, 1300 not the charset. */
const ROW_ERRORS = new Set([1153, 1265, 1364, 1300, 1366, 1292]);
/** 1040, 1203, 1226 too many connections; 1053 shut down; 1927 killed. */
const UNREACHABLE_ERRORS = new Set([1040, 1053, 1203, 1226, 1927]);
const UNREACHABLE = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN'],
  ...['PROTOCOL_CONNECTION_LOST', 'POOL_CLOSED', 'HANDSHAKE_SSL_ERROR', 'HANDSHAKE_NO_SSL_SUPPORT'],
]);
/** 1044, 1045, 1142, 1143, 1227, 1698 rights; 1290 server is read-only; 1792 our session is. */
const UNAUTHORISED_ERRORS = new Set([1044, 1045, 1142, 1143, 1227, 1290, 1698, 1792]);
/** 1969 max_statement_time; 1205 lock wait; 1317 interrupted. */
const TIMEOUT_ERRORS = new Set([1205, 1317, 1969]);
/** 1062: a unique constraint knows the value. */
const DUPLICATE = 1062;

/** The error of a statement, classified. */
export function toSourceError(error: unknown, timeoutMs: number): HubError {
  const { errno = 0, code = '', sqlState = '', message = String(error) } = (error ?? {}) as ServerError;
  const isRowFault = ROW_CLASSES.has(sqlState.slice(0, 2)) || ROW_ERRORS.has(errno);
  const classified = classify({ errno, code, sqlState });
  const details = { sqlState, errno, timeoutMs, isRowFault, isDuplicate: errno === DUPLICATE };
  return new HubError(classified, describe(classified, message), details, { cause: error });
}

/** Whether a unique constraint refused the statement. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof HubError && error.details['isDuplicate'] === true;
}

function classify({ errno, code, sqlState }: Required<Omit<ServerError, 'message'>>): ErrorCode {
  if (code === 'PROTOCOL_SEQUENCE_TIMEOUT' || TIMEOUT_ERRORS.has(errno)) return 'HUB_SOURCE_TIMEOUT';
  if (UNREACHABLE.has(code) || UNREACHABLE_ERRORS.has(errno) || sqlState.startsWith('08'))
    return 'HUB_SOURCE_UNREACHABLE';
  if (UNAUTHORISED_ERRORS.has(errno)) return 'HUB_SOURCE_UNAUTHORISED';
  if (sqlState.startsWith('42')) return 'HUB_SOURCE_SCHEMA';
  // An SQLSTATE: the server answered. Anything else is no answer that we know.
  return /^[0-9A-Z]{5}$/.test(sqlState) ? 'HUB_SOURCE_ERROR' : 'HUB_INVARIANT_BROKEN';
}

function describe(code: ErrorCode, message: string): string {
  if (code === 'HUB_SOURCE_UNREACHABLE') return `The database can't be reached: ${message || 'connection refused'}`;
  if (code === 'HUB_SOURCE_TIMEOUT') return 'The database did not answer in time.';
  return `The database says: ${message}`;
}
