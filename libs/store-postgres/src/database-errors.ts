import { HubError } from '#kernel';

interface PostgresError {
  readonly code?: string;
  readonly message?: string;
  readonly driverError?: PostgresError;
}

const CONFLICTS = new Set(['40001', '40P01', '55P03']);
const UNREACHABLE_CODES = new Set(['57P01', '57P02', '57P03', '57014', '25P03', '53300']);
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** The last one is TypeORM's, for a connection that died between two statements of a transaction. */
const LOST =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query runner already released/;

/** Classifies what the driver threw; a HubError passes unchanged. */
export function toDatabaseError(error: unknown): HubError {
  if (error instanceof HubError) return error;
  const { code, message } = readError(error);
  const details = { sqlState: code };
  if (CONFLICTS.has(code)) return new HubError('HUB_DATABASE_CONFLICT', message, details, { cause: error });
  if (isLost(code, message)) return new HubError('HUB_DATABASE_UNREACHABLE', message, details, { cause: error });
  return new HubError('HUB_INVARIANT_BROKEN', `Database: ${message}`, details, { cause: error });
}

function readError(error: unknown): { readonly code: string; readonly message: string } {
  const outer = (error ?? {}) as PostgresError;
  const { code = '', message = String(error) } = outer.driverError ?? outer;
  return { code, message };
}

function isLost(code: string, message: string): boolean {
  return code.startsWith('08') || UNREACHABLE_CODES.has(code) || SOCKET_CODES.has(code) || LOST.test(message);
}
