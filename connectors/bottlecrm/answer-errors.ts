import { HubError } from '#kernel';
import type { CrmRequest } from './request.js';
import { AnswerTooLarge } from './read-text.js';

/** Statuses that speak of one record; the caller judges them. */
const OF_A_RECORD = new Set([400, 404, 409]);
/** Errors of a socket that never carried the request. */
const NOT_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

/** What went wrong below HTTP. */
export function connectionError(
  error: unknown,
  { host, timeoutMs }: { readonly host: string; readonly timeoutMs: number },
): HubError {
  if (error instanceof AnswerTooLarge)
    return new HubError(
      'HUB_CONFIG_INVALID',
      `${host} answers ${error.message}: ask for smaller pages (pageSize), or raise maxAnswerBytes.`,
      { sent: true },
      { cause: error },
    );
  if ((error as Partial<Error> | null)?.name === 'TimeoutError')
    return new HubError(
      'HUB_SOURCE_TIMEOUT',
      `${host} did not answer within ${timeoutMs} ms: see why it is slow, or raise timeoutMs.`,
      { sent: true, timeoutMs },
      { cause: error },
    );
  const code = codeOf(error);
  return new HubError(
    'HUB_SOURCE_UNREACHABLE',
    `${host} can't be reached (${code}): start BottleCRM, or correct the url.`,
    { sent: !NOT_SENT.has(code) },
    { cause: error },
  );
}

/** The error that an answer stands for whatever was asked; null for 2xx and for refusals of one record. */
export function refusalOf({ method, path }: CrmRequest, status: number, text: string): HubError | null {
  if ((status >= 200 && status < 300) || OF_A_RECORD.has(status)) return null;
  const what = `${method} ${path} is answered ${status}`;
  const details = { status, sent: status !== 429 };
  if (status === 401 || status === 403)
    return new HubError('HUB_SOURCE_UNAUTHORISED', `${what} (${words(text)}): ${remedyOf(text)}`, details);
  if (status === 429)
    return new HubError('HUB_SOURCE_ERROR', `${what}: BottleCRM limits the rate of requests; ask less often.`, details);
  if (status < 500)
    return new HubError('HUB_SOURCE_SCHEMA', `${what}: correct the url, it must lead to BottleCRM's API.`, details);
  return new HubError('HUB_SOURCE_ERROR', `${what}: see BottleCRM's own log.`, details);
}

/** The vendor's words for a refusal of one record, cut: `errors` by field, or `detail`. */
export function reasonOf(body: unknown): string {
  const { errors, detail } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const reason = errors ?? detail ?? body;
  return (typeof reason === 'string' ? reason : JSON.stringify(reason)).slice(0, 300);
}

function words(text: string): string {
  try {
    return reasonOf(JSON.parse(text));
  } catch {
    return 'in no JSON';
  }
}

/** A token of too few scopes says so; any other refusal is of the token itself. */
function remedyOf(text: string): string {
  return /scope/i.test(text)
    ? 'give the token that scope.'
    : 'make a new personal access token in BottleCRM and put it into the hub file.';
}

/** By its shape: fetch's errors may come of another realm, where `instanceof` fails. */
function codeOf(error: unknown): string {
  const { cause } = (error ?? {}) as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'string' ? cause.code : 'connection lost';
}
