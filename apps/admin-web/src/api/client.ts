import type { AdminSession } from '#contracts';

/** Problem details, as far as they are shown. */
interface ErrorAnswer {
  readonly code?: string;
  readonly detail?: string;
  readonly hint?: string;
}

/** An answer of the server that is no success; the message is for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

let csrfToken = '';

/** Keeps the token that every change is sent with. */
export function rememberSession(session: AdminSession | null): void {
  csrfToken = session?.csrfToken ?? '';
}

/** @throws ApiError */
export function get<T>(path: string): Promise<T> {
  return call<T>(path, { method: 'GET' });
}

/** @throws ApiError */
export function post<T>(path: string, body: object = {}): Promise<T> {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': csrfToken };
  return call<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** A path of the API from parts that may hold anything. */
export function apiPath(...parts: readonly string[]): string {
  return `/api/${parts.map(encodeURIComponent).join('/')}`;
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const response = await send(path, init);
  const text = await response.text();
  if (response.ok) return (text === '' ? null : JSON.parse(text)) as T;
  const { code = '', detail = `HTTP ${response.status}`, hint = '' } = parseError(text);
  throw new ApiError(response.status, code, detail, hint);
}

async function send(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: 'same-origin', redirect: 'error' });
  } catch {
    const message = 'The server of this page does not answer.';
    throw new ApiError(0, 'UNREACHABLE', message, 'It may be starting again: try once more in a moment.');
  }
}

function parseError(text: string): ErrorAnswer {
  try {
    return JSON.parse(text) as ErrorAnswer;
  } catch {
    return {}; // a proxy's page: the status says what there is to say
  }
}
