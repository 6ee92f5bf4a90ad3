import { HubError, type ErrorCode } from '#kernel';
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
}

interface Call {
  readonly method?: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly body?: unknown;
  readonly version?: string | null;
}

/** The only code that talks to the service. Every method ends within `timeoutMs`. @throws HubError HUB_SOURCE_* */
export class ArticleClient {
  constructor(private readonly options: ArticleClientOptions) {}

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

  private async send(path: string, call: Call): Promise<{ readonly status: number; readonly body: unknown }> {
    try {
      const response = await fetch(`${this.options.url}${path}`, this.toRequest(call));
      const body: unknown = await response.json();
      const code = codeOfStatus(response.status);
      if (code === null) return { status: response.status, body };
      throw new HubError(code, `The article service answered ${response.status}.`, { status: response.status });
    } catch (error) {
      throw toSourceError(error, this.options.timeoutMs);
    }
  }

  private toRequest({ method = 'GET', body, version = null }: Call): RequestInit {
    const headers = {
      authorization: `Bearer ${this.options.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(version === null ? {} : { 'if-match': `"${version}"` }),
    };
    const signal = AbortSignal.timeout(this.options.timeoutMs);
    return { method, headers, signal, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  }
}

/** What a status means for the whole system; null when it speaks of one record. */
function codeOfStatus(status: number): ErrorCode | null {
  if (status === 401 || status === 403) return 'HUB_SOURCE_UNAUTHORISED';
  return status === 429 || status >= 500 ? 'HUB_SOURCE_ERROR' : null;
}

/** Foreign errors are classified here, where they are caught, and nowhere else. */
function toSourceError(error: unknown, timeoutMs: number): HubError {
  if (error instanceof HubError) return error;
  const { name = '' } = error as Partial<Error>;
  if (name === 'TimeoutError')
    return new HubError(
      'HUB_SOURCE_TIMEOUT',
      'The article service did not answer in time.',
      { timeoutMs },
      { cause: error },
    );
  if (name === 'SyntaxError')
    return new HubError('HUB_SOURCE_ERROR', 'The article service did not answer in JSON.', {}, { cause: error });
  return new HubError('HUB_SOURCE_UNREACHABLE', "The article service can't be reached.", {}, { cause: error });
}

function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  throw new HubError('HUB_SOURCE_SCHEMA', `The article service answered something else: ${where}: ${issue?.message}`);
}
