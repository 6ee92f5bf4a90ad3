import { HubError, type ErrorCode } from '#kernel';

/** One error of a GraphQL answer; `code` is Vendure's, empty where there is none. */
export interface GraphQlError {
  readonly message: string;
  readonly code: string;
}

/** Vendure blames what it was given: other records of the document may be tried without it. */
const RECORD_CODES = new Set(['USER_INPUT_ERROR', 'BAD_USER_INPUT', 'ENTITY_NOT_FOUND', 'ILLEGAL_OPERATION']);
/** Vendure's word for everything else, a value that the database refuses among it. */
const INTERNAL = 'INTERNAL_SERVER_ERROR';
const SCHEMA_CODES = new Set(['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED']);
const MAX_TEXT = 300;

/** Classifies an answer that names errors; the first one counts. */
export function toAnswerError(errors: readonly GraphQlError[]): HubError {
  const { code, message } = errors[0] ?? { code: '', message: 'an error without words' };
  const text = message.slice(0, MAX_TEXT);
  const details = { vendureCode: code };
  if (code === 'FORBIDDEN' || code === 'UNAUTHORIZED')
    return new HubError(
      'HUB_SOURCE_UNAUTHORISED',
      "Vendure forbids this: give the administrator's role the missing permission (README, Rights).",
      details,
    );
  if (code === 'CHANNEL_NOT_FOUND')
    return new HubError('HUB_CONFIG_INVALID', 'There is no channel of this channelToken: correct it.', details);
  if (SCHEMA_CODES.has(code))
    return new HubError(
      'HUB_SOURCE_SCHEMA',
      `This Vendure server does not know what the connector asks: ${text}`,
      details,
    );
  return new HubError('HUB_SOURCE_ERROR', `Vendure says: ${text}`, details);
}

/** Classifies an HTTP status that brought no GraphQL answer. */
export function toStatusError(status: number, host: string): HubError {
  const [code, message] = describeStatus(status);
  return new HubError(code, message, { status, host });
}

/** Classifies a failed exchange. */
export function toNetworkError(error: unknown, host: string, timeoutMs: number): HubError {
  const { name } = (error ?? {}) as { readonly name?: string };
  if (name === 'TimeoutError' || name === 'AbortError')
    return new HubError('HUB_SOURCE_TIMEOUT', `${host} did not answer in time.`, { host, timeoutMs }, { cause: error });
  const { code = 'connection lost' } = ((error as Error).cause ?? {}) as { readonly code?: string };
  return new HubError('HUB_SOURCE_UNREACHABLE', `${host} can't be reached (${code}).`, { host }, { cause: error });
}

/** Whether the error blames a record that was written, so that the others may be tried without it. */
export function isRecordError(error: unknown): error is HubError {
  const code = error instanceof HubError ? error.details['vendureCode'] : undefined;
  return typeof code === 'string' && (RECORD_CODES.has(code) || code === INTERNAL);
}

/** Whether the shop's database took the transaction back, since it and another one waited for each other. */
export function isDeadlock(error: unknown): boolean {
  return error instanceof HubError && error.details['vendureCode'] === INTERNAL && /deadlock/i.test(error.message);
}

function describeStatus(status: number): readonly [ErrorCode, string] {
  if (status === 401 || status === 403)
    return ['HUB_SOURCE_UNAUTHORISED', `The server in front of Vendure refuses the hub (HTTP ${status}).`];
  if (status === 404 || (status >= 300 && status < 400))
    return [
      'HUB_CONFIG_INVALID',
      `There is no Admin API at this address (HTTP ${status}): correct url or adminApiPath.`,
    ];
  if (status === 413)
    return ['HUB_SOURCE_ERROR', 'The request is too large for the server in front of Vendure (HTTP 413).'];
  if (status === 502 || status === 503 || status === 504)
    return ['HUB_SOURCE_UNREACHABLE', `Vendure is not available (HTTP ${status}).`];
  return ['HUB_SOURCE_ERROR', `Vendure did not answer in GraphQL (HTTP ${status}).`];
}
