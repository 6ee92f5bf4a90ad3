import { HubError } from '#kernel';

/** One request. Tryton wants exactly `id`, `method` and `params` in its body. */
export interface JsonRequest {
  readonly url: string;
  readonly body: { readonly method: string; readonly params: readonly unknown[] };
  readonly authorization?: string;
  readonly timeoutMs: number;
}

/** Status, the parsed body of a 200, and the server's clock as its Date header tells it. */
export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly dateMs: number | null;
}

/** An error that Tryton answered: the name of its class, and its first text. */
export interface CallFailure {
  readonly type: string;
  readonly message: string;
}

/** Larger than any page that we ask for; an answer beyond it is not read on. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Posts and reads the answer, all within the time-out. @throws HubError HUB_SOURCE_TIMEOUT, HUB_SOURCE_UNREACHABLE */
export async function postJson({ url, body: call, authorization, timeoutMs }: JsonRequest): Promise<HttpAnswer> {
  const headers = {
    'content-type': 'application/json',
    ...(authorization === undefined ? {} : { authorization }),
  };
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers,
      body: JSON.stringify({ id: 1, ...call }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await readBody(response);
    const dateMs = Date.parse(response.headers.get('date') ?? '');
    const body = response.status === 200 ? parseBody(text) : null;
    return { status: response.status, body, dateMs: Number.isNaN(dateMs) ? null : dateMs };
  } catch (error) {
    throw error instanceof HubError ? error : toNetworkError(error, new URL(url).host, timeoutMs);
  }
}

/** Of a proxy before Tryton, or of its limits: the same request may be answered later. */
const PASSING = new Set([409, 413, 429]);

/** The error of a status that is not 200. */
export function statusFailure(status: number): HubError {
  const details = { status };
  if (status === 401) return new HubError('HUB_SOURCE_UNAUTHORISED', 'Tryton refuses this user and password.', details);
  if (status === 403) return new HubError('HUB_SOURCE_UNAUTHORISED', 'Tryton forbids this call.', details);
  if (status === 404) return new HubError('HUB_SOURCE_SCHEMA', 'This Tryton has no such database or method.', details);
  if (status === 504)
    return new HubError('HUB_SOURCE_TIMEOUT', 'Tryton gave up on the call: it took too long.', details);
  if (status === 502 || status === 503)
    return new HubError('HUB_SOURCE_UNREACHABLE', `Tryton does not serve now: status ${status}.`, details);
  if (PASSING.has(status) || status >= 500)
    return new HubError('HUB_SOURCE_ERROR', `Tryton answered with status ${status}.`, details);
  return new HubError('HUB_INVARIANT_BROKEN', `Tryton does not take our request: status ${status}.`, details);
}

/** The error of a call that Tryton failed at; its traceback stays in Tryton's own log. */
export function callFailure({ type }: CallFailure): HubError {
  return new HubError('HUB_SOURCE_ERROR', `Tryton failed: ${type.slice(0, 200)}`);
}

async function readBody(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES)
      throw new HubError('HUB_SOURCE_ERROR', 'Tryton answered more than 64 MiB: ask for smaller pages.', {
        limitBytes: MAX_BYTES,
      });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parseBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError('HUB_SOURCE_ERROR', 'What answers there is no Tryton: it sent no JSON.', {}, { cause });
  }
}

function toNetworkError(error: unknown, host: string, timeoutMs: number): HubError {
  const { name = '', cause } = error as { readonly name?: string; readonly cause?: { readonly code?: string } };
  if (name === 'TimeoutError' || name === 'AbortError')
    return new HubError('HUB_SOURCE_TIMEOUT', `Tryton did not answer within ${timeoutMs} ms.`, { host, timeoutMs });
  const code = cause?.code ?? 'connection lost';
  return new HubError('HUB_SOURCE_UNREACHABLE', `Tryton can't be reached at ${host}: ${code}.`, { host, code });
}
