import { HubError, type ErrorCode } from '#kernel';
import { AddressGuard, OutboundHttp, type OutboundFailure } from '#outbound-http';
import { z } from 'zod';

const articleSchema = z.looseObject({
  id: z.string(),
  version: z.int(),
  changedAt: z.string(),
  deleted: z.boolean(),
});
const articlesSchema = z.object({ articles: z.array(articleSchema) });
const changesSchema = articlesSchema.extend({ cursor: z.int(), more: z.boolean() });
const listSchema = articlesSchema.extend({ next: z.string().nullable() });
const aboutSchema = z.object({ name: z.string(), version: z.string(), mayWrite: z.boolean() });
const writtenSchema = z.object({ article: articleSchema.optional(), reason: z.string().optional() });

/** An article as the service sends it: these four properties, and whatever the mapping reads. */
export type Article = z.infer<typeof articleSchema>;

/** What the service answered to a write; 404, 409, 412 and 422 are answers about the record, not failures. */
export interface Written {
  readonly status: number;
  readonly article: Article | undefined;
  readonly reason: string | undefined;
}

export interface ArticleClientOptions {
  readonly url: string;
  readonly token: string;
  readonly timeoutMs: number;
  /** Hosts that may be private or without TLS, `host` or `host:port`. */
  readonly allowedHosts: readonly string[];
}

const LIMITS = { maxResponseBytes: 8 * 1024 * 1024, connectTimeoutMs: 5_000, connections: 4 };

interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly version?: string | null;
}

/** The only code that talks to the service. Every method ends within `timeoutMs`. @throws HubError HUB_SOURCE_* */
export class ArticleClient {
  private readonly http: OutboundHttp;

  constructor(private readonly options: ArticleClientOptions) {
    this.http = new OutboundHttp(new AddressGuard(options.allowedHosts), LIMITS);
  }

  async about(): Promise<z.infer<typeof aboutSchema>> {
    return parse(aboutSchema, (await this.read('/about')).body);
  }

  async changes(since: string, limit: number): Promise<z.infer<typeof changesSchema>> {
    const query = new URLSearchParams({ since, limit: String(limit) });
    return parse(changesSchema, (await this.read(`/changes?${query.toString()}`)).body);
  }

  async list(after: string, until: string | null, limit: number): Promise<z.infer<typeof listSchema>> {
    const query = new URLSearchParams({ after, limit: String(limit), ...(until === null ? {} : { until }) });
    return parse(listSchema, (await this.read(`/articles?${query.toString()}`)).body);
  }

  async find(wanted: { readonly ids: readonly string[] } | { readonly skus: readonly string[] }): Promise<Article[]> {
    return parse(articlesSchema, (await this.read('/find', { method: 'POST', body: wanted })).body).articles;
  }

  create(values: Readonly<Record<string, unknown>>): Promise<Written> {
    return this.write('/articles', { method: 'POST', body: values });
  }

  update(id: string, version: string | null, values: Readonly<Record<string, unknown>>): Promise<Written> {
    return this.write(`/articles/${encodeURIComponent(id)}`, { method: 'PATCH', version, body: values });
  }

  remove(id: string, version: string | null): Promise<Written> {
    return this.write(`/articles/${encodeURIComponent(id)}`, { method: 'DELETE', version });
  }

  private async write(path: string, call: Call): Promise<Written> {
    const { status, body } = await this.send(path, call);
    const { article, reason } = parse(writtenSchema, body);
    return { status, article, reason };
  }

  /** Of a read every status but 200 is a failure. */
  private async read(path: string, call: Call = {}): Promise<{ readonly body: unknown }> {
    const { status, body } = await this.send(path, call);
    if (status === 200) return { body };
    throw new HubError('HUB_SOURCE_SCHEMA', `The article service answered ${status} to ${path.split('?')[0]}.`, {
      status,
    });
  }

  close(): Promise<void> {
    return this.http.close();
  }

  private async send(path: string, call: Call): Promise<{ readonly status: number; readonly body: unknown }> {
    const { method = 'GET', body, version = null } = call;
    const headers = {
      authorization: `Bearer ${this.options.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(version === null ? {} : { 'if-match': `"${version}"` }),
    };
    const answer = await this.http.send({
      method,
      url: new URL(this.options.url + path),
      headers,
      timeoutMs: this.options.timeoutMs,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.kind !== 'answer') throw new HubError(CODE_OF_FAILURE[answer.kind], answer.message);
    const code = codeOfStatus(answer.status);
    if (code === null) return { status: answer.status, body: parseJson(answer.text) };
    throw new HubError(code, `The article service answered ${answer.status}.`, { status: answer.status });
  }
}

/** Foreign failures are classified here, where they are met, and nowhere else. */
const CODE_OF_FAILURE: Readonly<Record<OutboundFailure['kind'], ErrorCode>> = {
  forbidden: 'HUB_CONFIG_INVALID',
  unreachable: 'HUB_SOURCE_UNREACHABLE',
  cut: 'HUB_SOURCE_UNREACHABLE',
  timeout: 'HUB_SOURCE_TIMEOUT',
  'too-large': 'HUB_SOURCE_ERROR',
};

/** What a status means for the whole system; null when it speaks of one record. */
function codeOfStatus(status: number): ErrorCode | null {
  if (status === 401 || status === 403) return 'HUB_SOURCE_UNAUTHORISED';
  return status === 429 || status >= 500 ? 'HUB_SOURCE_ERROR' : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError('HUB_SOURCE_ERROR', 'The article service did not answer in JSON.', {}, { cause });
  }
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new HubError('HUB_SOURCE_SCHEMA', `The article service answered something else: ${where}: ${issue?.message}`);
}
