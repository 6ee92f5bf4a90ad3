import { HubError, type Clock } from '#kernel';
import { z, type ZodType } from 'zod';
import type { VendureConfig } from './config.js';
import { toAnswerError, toNetworkError, toStatusError, type GraphQlError } from './errors.js';

/** Live requests are small and go first; bulk ones carry many records. */
export type Lane = 'live' | 'bulk';

type Variables = Readonly<Record<string, unknown>>;

interface Answer {
  readonly data: unknown;
  readonly errors: readonly GraphQlError[];
}

const envelopeSchema = z.object({
  data: z.unknown().optional(),
  errors: z
    .array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }).partial().optional() }))
    .default([]),
});
const loginSchema = z.object({
  login: z.object({ __typename: z.string(), errorCode: z.string().optional() }),
});

const LOGIN = `mutation ($username: String!, $password: String!) {
  login(username: $username, password: $password) { __typename ... on ErrorResult { errorCode } } }`;
/** A session this young was not ended by time: what it is refused, it may not do. */
const FRESH_SESSION_MS = 5_000;
const DEFAULT_PAUSE_MS = 5_000;
/** Of one request, when the rate limit turns it away. */
const MAX_ATTEMPTS = 3;

/**
 * The only code that speaks to the Admin API: GraphQL over HTTP, within a time-out and a size, with so many requests at
 * once as configured. It logs in when it must, never out (Vendure's logout ends every session of the administrator), obeys
 * `Retry-After`, and throws only HubError HUB_SOURCE_* or HUB_CONFIG_INVALID (classified by status and by Vendure's error
 * code), whose text and details carry neither variables nor credentials.
 */
export class VendureClient {
  private readonly address: URL;
  private readonly credentials: { readonly username: string; readonly password: string };
  private session: Promise<{ readonly token: string; readonly sinceMs: number }> | null = null;
  private pausedUntilMs = 0;
  private readonly running: Record<Lane, number> = { live: 0, bulk: 0 };
  private readonly waiting: Record<Lane, (() => void)[]> = { live: [], bulk: [] };

  constructor(
    private readonly config: VendureConfig,
    private readonly clock: Clock,
  ) {
    this.address = new URL(config.url);
    const { username, password } = this.address;
    this.credentials = {
      username: config.username ?? decodeURIComponent(username),
      password: config.password ?? decodeURIComponent(password),
    };
    [this.address.username, this.address.password, this.address.search] = ['', '', ''];
    this.address.pathname = config.adminApiPath;
  }

  /** Data of one document that fits the schema. @throws HubError HUB_SOURCE_* */
  async run<T>(document: string, variables: Variables, schema: ZodType<T>, lane: Lane = 'live'): Promise<T> {
    await this.enter(lane);
    try {
      return parseData(schema, await this.answerOf(document, variables));
    } finally {
      this.leave(lane);
    }
  }

  private async answerOf(document: string, variables: Variables): Promise<Answer> {
    const session = await this.openSession();
    const answer = await this.post(document, variables, session.token);
    if (!isForbidden(answer) || this.clock.nowMs() - session.sinceMs < FRESH_SESSION_MS) return answer;
    this.session = null;
    return this.post(document, variables, (await this.openSession()).token);
  }

  /** One log-in for all requests that need one now; a failed one is tried again by the next request. */
  private openSession(): Promise<{ readonly token: string; readonly sinceMs: number }> {
    this.session ??= this.logIn().catch((error: unknown) => {
      this.session = null;
      throw error;
    });
    return this.session;
  }

  private async logIn(): Promise<{ readonly token: string; readonly sinceMs: number }> {
    let token: string | null = null;
    const answer = await this.post(LOGIN, this.credentials, null, (headers) => {
      token = headers.get('vendure-auth-token');
    });
    const { login } = parseData(loginSchema, answer);
    if (login.__typename !== 'CurrentUser')
      throw new HubError(
        'HUB_SOURCE_UNAUTHORISED',
        'Vendure refuses this administrator: correct username and password in the hub file.',
        { vendureCode: login.errorCode ?? login.__typename },
      );
    if (token === null)
      throw new HubError(
        'HUB_SOURCE_UNAUTHORISED',
        'Vendure gave no bearer token: add "bearer" to authOptions.tokenMethod of the server.',
      );
    return { token, sinceMs: this.clock.nowMs() };
  }

  /** A request that the rate limit turned away was not executed: it is sent again when the limit allows. */
  private async post(
    query: string,
    variables: Variables,
    token: string | null,
    seeHeaders: (headers: Headers) => void = () => undefined,
  ): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      await this.obeyPause();
      const { response, text } = await this.exchange(JSON.stringify({ query, variables }), token);
      seeHeaders(response.headers);
      if (response.status === 429 || response.status === 503) this.pause(response.headers.get('retry-after'));
      if (response.status !== 429 || attempt === MAX_ATTEMPTS) return this.toAnswer(response, text);
    }
  }

  private async exchange(
    body: string,
    token: string | null,
  ): Promise<{ readonly response: Response; readonly text: string }> {
    const signal = AbortSignal.timeout(this.config.timeoutMs);
    const headers = this.headersOf(token);
    try {
      const response = await fetch(this.address, { method: 'POST', headers, body, redirect: 'manual', signal });
      return { response, text: await this.readText(response) };
    } catch (error) {
      throw error instanceof HubError ? error : toNetworkError(error, this.address.host, this.config.timeoutMs);
    }
  }

  private headersOf(token: string | null): Record<string, string> {
    return {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(this.config.channelToken === undefined ? {} : { 'vendure-token': this.config.channelToken }),
    };
  }

  private async readText(response: Response): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response.body ?? []) {
      bytes += (chunk as Uint8Array).byteLength;
      if (bytes > this.config.maxAnswerBytes)
        throw new HubError('HUB_SOURCE_ERROR', 'The answer is larger than maxAnswerBytes: lower listLimit.', { bytes });
      chunks.push(chunk as Uint8Array);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** Statuses of a proxy count; Vendure itself answers 200, or 400 to a document that its schema does not know. */
  private toAnswer(response: Response, text: string): Answer {
    const parsed = envelopeSchema.safeParse(parseJson(text));
    const isAnswer = parsed.success && (response.status === 200 || parsed.data.errors.length > 0);
    if (!isAnswer) throw toStatusError(response.status, this.address.host);
    return { data: parsed.data.data, errors: parsed.data.errors.map(toGraphQlError) };
  }

  private pause(retryAfter: string | null): void {
    const seconds = Number(retryAfter ?? Number.NaN);
    const dateMs = Date.parse(retryAfter ?? '');
    const untilMs = Number.isFinite(seconds)
      ? this.clock.nowMs() + seconds * 1_000
      : Number.isNaN(dateMs)
        ? this.clock.nowMs() + DEFAULT_PAUSE_MS
        : dateMs;
    this.pausedUntilMs = Math.max(this.pausedUntilMs, untilMs);
  }

  /** Waits where the time-out allows it; otherwise the runtime comes back later. */
  private async obeyPause(): Promise<void> {
    const waitMs = this.pausedUntilMs - this.clock.nowMs();
    if (waitMs <= 0) return;
    if (waitMs > this.config.timeoutMs)
      throw new HubError('HUB_SOURCE_ERROR', 'Vendure asked to be left alone for a while.', { waitMs });
    await this.clock.sleep(waitMs);
  }

  private async enter(lane: Lane): Promise<void> {
    if (!this.hasRoom(lane)) await new Promise<void>((resolve) => this.waiting[lane].push(resolve));
    else this.running[lane] += 1;
  }

  /** The place goes to the next in line, one of the live lane first. */
  private leave(lane: Lane): void {
    this.running[lane] -= 1;
    for (const next of ['live', 'bulk'] as const)
      if (this.waiting[next].length > 0 && this.hasRoom(next)) {
        this.running[next] += 1;
        this.waiting[next].shift()?.();
        return;
      }
  }

  /** Bulk leaves one place free: a live change passes through an import without waiting for its slow documents. */
  private hasRoom(lane: Lane): boolean {
    const { parallel } = this.config;
    const { live, bulk } = this.running;
    return live + bulk < parallel && (lane === 'live' || bulk < Math.max(1, parallel - 1));
  }
}

function parseData<T>(schema: ZodType<T>, { data, errors }: Answer): T {
  if (errors.length > 0) throw toAnswerError(errors);
  const parsed = schema.safeParse(data);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map(({ path }) => path.join('.')).slice(0, 5);
  throw new HubError('HUB_SOURCE_SCHEMA', 'The answer is not the one of a Vendure 3 server.', { where });
}

function isForbidden({ errors }: Answer): boolean {
  return errors.some(({ code }) => code === 'FORBIDDEN');
}

function toGraphQlError(error: z.infer<typeof envelopeSchema>['errors'][number]): GraphQlError {
  return { message: error.message, code: error.extensions?.code ?? '' };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
