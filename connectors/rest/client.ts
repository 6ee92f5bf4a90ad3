import { HubError, type Clock, type Logger } from '#kernel';
import { AddressGuard, OutboundHttp, type OutboundAnswer, type OutboundFailure, type Resolve } from '#outbound-http';
import { refusalOf } from './answer-errors.js';
import { createAuth, type Auth } from './auth.js';
import type { RestConfig } from './config.js';
import { encodeJson, parseJson } from './json.js';
import { RateBudget } from './rate-budget.js';
import { waitOf } from './rate-headers.js';
import { Redactor } from './redact.js';

/** A request below the base URL; `path` is encoded, the values of `query` are not. */
export interface RestRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** An answer that the caller must judge: 2xx, or a refusal of this very request (400, 404, 409, 410, 412, 422 …). */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Parsed JSON; undefined for an empty body. */
  readonly body: unknown;
}

/** What a client needs; `resolve` is replaced in tests only. */
export interface RestClientContext {
  readonly config: RestConfig;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly isReadOnly: boolean;
  /** Share of the rate for calls in lane `reconcile`. */
  readonly reconcileShare?: number;
  readonly resolve?: Resolve;
}

const MAX_REDIRECTS = 3;
/** How often a request that met a rate limit is asked again within one call. */
const MAX_AGAIN = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** The only code that talks to the vendor: credentials, budget, time-outs, caps, redirects within the host, errors. */
export class RestClient {
  readonly redactor = new Redactor();
  private readonly http: OutboundHttp;
  private readonly auth: Auth;
  private readonly budget: RateBudget;

  constructor(private readonly context: RestClientContext) {
    const { config, clock, logger, resolve, reconcileShare = 0.2 } = context;
    this.http = new OutboundHttp(new AddressGuard(config.allowedHosts, resolve), {
      maxResponseBytes: config.maxResponseBytes,
      connectTimeoutMs: config.connectTimeoutMs,
      connections: config.rate.concurrency,
    });
    this.budget = new RateBudget(config.rate, { clock, logger, maxWaitMs: config.timeoutMs, reconcileShare });
    this.auth = createAuth(config, {
      clock,
      redactor: this.redactor,
      send: async (request) => this.answered(await this.http.send({ ...request, timeoutMs: config.timeoutMs })),
    });
  }

  /** Reads. @throws HubError of any code but HUB_PRECONDITION_FAILED; see {@link RestAnswer} for what it does not throw */
  get(request: Omit<RestRequest, 'method' | 'body'>): Promise<RestAnswer> {
    return this.perform({ ...request, method: 'GET' });
  }

  /** Writes. @throws HubError as {@link get}; `details.sent` is false where the request can not have been carried out */
  async write(request: RestRequest): Promise<RestAnswer> {
    if (this.context.isReadOnly)
      throw new HubError('HUB_INVARIANT_BROKEN', 'A connection in mode observe was asked to write.');
    return this.perform(request);
  }

  /** Whether the credentials are good, where the configuration says how to find out. @throws HubError when they are not */
  async probe(): Promise<void> {
    const { probe } = this.context.config;
    if (probe === undefined) return;
    const [first = '', second] = probe.split(' ');
    const [method, path] = second === undefined ? ['GET', first] : [first, second];
    const { status } = await this.perform({ method, path });
    if (status < 300) return;
    const message = `The probe ${probe} was answered ${status}: correct the credentials under auth, or the probe.`;
    throw new HubError('HUB_SOURCE_UNAUTHORISED', message, { status });
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async perform(request: RestRequest): Promise<RestAnswer> {
    let answer = await this.budget.spend(() => this.askWithAuth(request));
    // The budget keeps the silence that a 429 asks for, or ends the call where it is too long for one.
    for (let again = 0; answer.status === 429 && again < MAX_AGAIN; again += 1)
      answer = await this.budget.spend(() => this.askWithAuth(request));
    const error = refusalOf(answer, request, this.redactor);
    if (error) throw error;
    return { status: answer.status, headers: answer.headers, body: this.parse(answer, request) };
  }

  /** Asks once more after a 401, since a token may end before its time; never more often. */
  private async askWithAuth(request: RestRequest): Promise<OutboundAnswer> {
    const credentials = await this.auth.credentials();
    const answer = await this.ask(request, credentials);
    if (answer.status !== 401 || !this.auth.refused(credentials)) return answer;
    return this.ask(request, await this.auth.credentials());
  }

  private async ask(
    request: RestRequest,
    credentials: {
      readonly headers: Readonly<Record<string, string>>;
      readonly query: Readonly<Record<string, string>>;
    },
  ): Promise<OutboundAnswer> {
    const { config } = this.context;
    const headers = {
      accept: 'application/json',
      'user-agent': 'plumbline',
      ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...lowerCase({ ...config.headers, ...request.headers }),
      ...credentials.headers,
    };
    const body = request.body === undefined ? {} : { body: encodeJson(request.body) };
    let url = this.urlOf(request, credentials.query);
    for (let redirects = 0; ; redirects += 1) {
      const result = await this.http.send({
        method: request.method,
        url,
        headers,
        ...body,
        timeoutMs: config.timeoutMs,
      });
      const answer = this.answered(result);
      this.obeyLimits(answer);
      const target = REDIRECTS.has(answer.status) ? this.redirectOf(request, answer, url) : null;
      if (target === null) return answer;
      if (redirects === MAX_REDIRECTS) throw new HubError('HUB_SOURCE_SCHEMA', `${url.host} redirects in a circle.`);
      url = target;
    }
  }

  private urlOf({ path, query }: RestRequest, authQuery: Readonly<Record<string, string>>): URL {
    const base = new URL(this.context.config.baseUrl);
    // A link of the vendor's own is whole; it stays on this host, or the credentials would leave with it.
    const url = /^https?:/i.test(path) ? new URL(path) : new URL(`${base.href.replace(/\/$/, '')}${path}`);
    if (url.origin !== base.origin)
      throw new HubError('HUB_SOURCE_SCHEMA', `The answer leads to ${url.host}, which is not ${base.host}.`);
    for (const [name, value] of Object.entries({ ...query, ...authQuery })) url.searchParams.set(name, value);
    return url;
  }

  /** Only a read follows, and only on the same host: else credentials or a write would go where nobody sent them. */
  private redirectOf({ method }: RestRequest, { headers, status }: OutboundAnswer, from: URL): URL {
    const target = URL.canParse(headers['location'] ?? '', from.href) ? new URL(headers['location'] ?? '', from) : null;
    if (method === 'GET' && target?.origin === from.origin) return target;
    const where = target === null ? 'nowhere' : `to ${target.host}`;
    const message = `${from.host} answers ${status} and leads ${where}: put the final address into baseUrl.`;
    throw new HubError('HUB_SOURCE_SCHEMA', message, { status });
  }

  private obeyLimits({ status, headers }: OutboundAnswer): void {
    const waitMs = waitOf(status, headers, this.context.clock.nowMs());
    if (waitMs === 0) return;
    this.context.logger.info({ status, waitMs }, 'the system limits the rate of requests');
    this.budget.silence(waitMs);
  }

  private answered(result: OutboundAnswer | OutboundFailure): OutboundAnswer {
    if (result.kind === 'answer') return result;
    const message = this.redactor.clean(result.message);
    switch (result.kind) {
      case 'forbidden':
        throw new HubError('HUB_CONFIG_INVALID', `The address is refused: ${message}.`, { sent: false });
      case 'unreachable':
        throw new HubError('HUB_SOURCE_UNREACHABLE', message, { sent: false });
      case 'cut':
        throw new HubError('HUB_SOURCE_UNREACHABLE', message, { sent: true });
      case 'timeout':
        throw new HubError('HUB_SOURCE_TIMEOUT', message, { sent: true });
      case 'too-large':
        throw new HubError('HUB_CONFIG_INVALID', `${message} Ask for smaller pages, or raise maxResponseBytes.`, {
          sent: true,
        });
    }
  }

  private parse({ text, status, headers }: OutboundAnswer, { method, path }: RestRequest): unknown {
    if (text === '') return undefined;
    try {
      return parseJson(text);
    } catch (cause) {
      if (status >= 300) return text.slice(0, 500); // a refusal in prose
      const kind = headers['content-type'] ?? 'no content type';
      const message = `${method} ${path} is answered by no JSON (${kind}): see whether baseUrl leads to the API.`;
      throw new HubError('HUB_SOURCE_SCHEMA', this.redactor.clean(message), { status }, { cause });
    }
  }
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
