import { ERROR_CODES, HubError, type ErrorCode, type ErrorDetails } from '#kernel';

/** How services are called. */
export interface HubClientOptions {
  /** Bearer token, or what names one for each call; null where none is known, which every service refuses. */
  readonly token: string | null | (() => Promise<string>);
  /** Of the request that a call is made for, if any: joins what services keep of it. */
  readonly requestId?: () => string | undefined;
  readonly timeoutMs: number;
}

/** Problem details, as far as they are read. */
interface ErrorAnswer {
  readonly code?: string;
  readonly detail?: string;
  readonly details?: ErrorDetails;
}

/** JSON over HTTP with the token, a time-out, and errors that say which service and what to do. */
export class HubClient {
  constructor(private readonly options: HubClientOptions) {}

  /** @throws HubError HUB_SERVICE_UNREACHABLE, HUB_UNAUTHORISED, or the error that the service answered. */
  get<T>(service: string, url: string): Promise<T> {
    return this.call<T>(service, url, { method: 'GET' });
  }

  /** As {@link get}, with a JSON body. */
  post<T>(service: string, url: string, body: object = {}): Promise<T> {
    const headers = { 'content-type': 'application/json' };
    return this.call<T>(service, url, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  private async call<T>(service: string, url: string, init: RequestInit): Promise<T> {
    const response = await this.send(service, url, init);
    const answer = await readJson(response, service);
    if (!response.ok) throw toError(service, response.status, answer as ErrorAnswer);
    return answer as T;
  }

  private async send(service: string, url: string, init: RequestInit): Promise<Response> {
    const { timeoutMs } = this.options;
    const headers = { ...init.headers, ...(await this.headers()) };
    try {
      return await fetch(url, { ...init, headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'error' });
    } catch (error) {
      throw unreachable(service, url, error, timeoutMs);
    }
  }

  private async headers(): Promise<Readonly<Record<string, string>>> {
    const { token, requestId } = this.options;
    const [bearer, id] = [typeof token === 'function' ? await token() : token, requestId?.()];
    return { ...(bearer && { authorization: `Bearer ${bearer}` }), ...(id !== undefined && { 'x-request-id': id }) };
  }
}

function unreachable(service: string, url: string, error: unknown, timeoutMs: number): HubError {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  const why = isLate ? `did not answer within ${timeoutMs / 1000} s` : 'is not running';
  const { origin } = new URL(url);
  return new HubError(
    'HUB_SERVICE_UNREACHABLE',
    `${service} ${why} at ${origin}.`,
    { service, origin },
    { cause: error },
  );
}

async function readJson(response: Response, service: string): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const message = `What answers as ${service} is no service of Plumbline (HTTP ${response.status}, no JSON).`;
    throw new HubError('HUB_SERVICE_UNREACHABLE', message, { service, url: response.url }, { cause: error });
  }
}

function toError(service: string, status: number, answer: ErrorAnswer | null): HubError {
  const message = answer?.detail ?? `HTTP ${status}`;
  const code = answer?.code ?? '';
  if (!Object.hasOwn(ERROR_CODES, code))
    return new HubError('HUB_INVARIANT_BROKEN', `${service} answered: ${message}`, { service, status, code });
  return new HubError(code as ErrorCode, `${service}: ${message}`, { ...answer?.details, service });
}
