// The hand of PocketBase's users in tests: a collection of articles of a test's own, and an account that works on it.
import { randomBytes } from 'node:crypto';

/** An article as PocketBase holds it; an empty text says nothing. */
export interface ArticleRow {
  readonly sku: string;
  readonly ean?: string | null;
  readonly name_de?: string;
  readonly name_en?: string;
  readonly brand?: string;
  readonly grams?: string;
  readonly active?: string;
}

type Stored = ArticleRow & { readonly id: string };

const FIELDS = [
  { name: 'sku', type: 'text', required: true },
  ...['ean', 'name_de', 'name_en', 'grams'].map((name) => ({ name, type: 'text' })),
  { name: 'brand', type: 'text', max: 200 },
  { name: 'active', type: 'select', values: ['yes', 'no'] },
  { name: 'created', type: 'autodate', onCreate: true },
  { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
];
const PASSWORD = 'a-password-for-tests';
const SIGNED_IN = "@request.auth.id != ''";
const PAGE = 500;

let superuserToken: Promise<string> | null = null;

/** One collection of articles; `ifMatch` lets accounts write only where the header If-Match equals `updated`. */
export class PocketBaseArticles {
  readonly url: URL;
  readonly path: string;
  readonly account: string;

  private constructor(private readonly name: string) {
    const { origin } = new URL(pocketBaseUrl());
    this.url = new URL(origin);
    this.path = `/api/collections/${name}/records`;
    this.account = `${name}@example.com`;
  }

  static async create({ ifMatch }: { readonly ifMatch: boolean }): Promise<PocketBaseArticles> {
    const articles = new PocketBaseArticles(`article_${randomBytes(6).toString('hex')}`);
    const writeRule = ifMatch ? `${SIGNED_IN} && @request.headers.if_match = updated` : SIGNED_IN;
    const { name } = articles;
    await send('POST', '/api/collections', {
      name,
      type: 'base',
      ...{ listRule: SIGNED_IN, viewRule: SIGNED_IN, createRule: SIGNED_IN },
      ...{ updateRule: writeRule, deleteRule: writeRule },
      fields: FIELDS,
      indexes: [
        `CREATE UNIQUE INDEX idx_${name}_sku ON ${name} (sku)`,
        `CREATE INDEX idx_${name}_updated ON ${name} (updated, id)`,
      ],
    });
    await send('POST', '/api/collections', {
      name: `${name}_writes`,
      type: 'base',
      fields: [{ name: 'n', type: 'number' }],
    });
    await send('POST', '/api/collections', { name: `${name}_staff`, type: 'auth' });
    await send('POST', `/api/collections/${name}_writes/records`, { n: 0 });
    const account = { email: articles.account, password: PASSWORD, passwordConfirm: PASSWORD };
    await send('POST', `/api/collections/${name}_staff/records`, account);
    for (const event of ['INSERT', 'UPDATE', 'DELETE'])
      await sql(
        `CREATE TRIGGER ${name}_${event} AFTER ${event} ON ${name} BEGIN UPDATE ${name}_writes SET n = n + 1; END`,
      );
    return articles;
  }

  /** The account's login, as the rest connector declares one. */
  login(): Readonly<Record<string, unknown>> {
    const path = `/api/collections/${this.name}_staff/auth-with-password`;
    return { kind: 'login', path, body: { identity: this.account, password: PASSWORD }, token: 'token' };
  }

  /** A request that only a good token gets through: PocketBase shows strangers empty lists. */
  get probe(): string {
    return `POST /api/collections/${this.name}_staff/auth-refresh`;
  }

  async put(rows: readonly ArticleRow[]): Promise<void> {
    const known = new Map((await this.readAll()).map(({ sku, id }) => [sku, id]));
    for (const row of rows) {
      const id = known.get(row.sku);
      await (id === undefined ? this.insert(row) : send('PATCH', `${this.path}/${id}`, row));
    }
  }

  async insert(row: ArticleRow): Promise<string> {
    const stored = (await send('POST', this.path, row)) as Stored;
    return stored.id;
  }

  async remove(skus: readonly string[]): Promise<void> {
    const gone = (await this.readAll()).filter(({ sku }) => skus.includes(sku));
    for (const { id } of gone) await send('DELETE', `${this.path}/${id}`);
  }

  async readAll(): Promise<readonly Stored[]> {
    const { items } = (await send('GET', `${this.path}?perPage=${PAGE}`)) as { items: Stored[] };
    return items;
  }

  async setAllTimes(at: string): Promise<void> {
    await sql(`UPDATE ${this.name} SET updated = {:at}`, { at });
  }

  async setTime(sku: string, at: string): Promise<void> {
    await sql(`UPDATE ${this.name} SET updated = {:at} WHERE sku = {:sku}`, { at, sku });
  }

  async countWrites(): Promise<number> {
    const { items } = (await send('GET', `/api/collections/${this.name}_writes/records`)) as { items: { n: number }[] };
    return items[0]?.n ?? 0;
  }

  /** Ends every token of the account, and its password. */
  async changePassword(): Promise<void> {
    const path = `/api/collections/${this.name}_staff/records`;
    const { items } = (await send('GET', path)) as { items: { id: string }[] };
    const password = `${PASSWORD}-2`;
    await send('PATCH', `${path}/${items[0]?.id ?? ''}`, { password, passwordConfirm: password });
  }

  /** Limits requests for these articles; null lifts it. A superuser is not limited. */
  async limitRate(limit: { readonly maxRequests: number; readonly seconds: number } | null): Promise<void> {
    const rule = { label: `GET ${this.path}`, maxRequests: limit?.maxRequests, duration: limit?.seconds };
    await send('PATCH', '/api/settings', {
      rateLimits: { enabled: limit !== null, rules: limit === null ? [] : [rule] },
    });
  }

  async drop(): Promise<void> {
    for (const name of [this.name, `${this.name}_writes`, `${this.name}_staff`])
      await send('DELETE', `/api/collections/${name}`);
  }
}

/** The address, with the superuser's credentials. */
export function pocketBaseUrl(): string {
  const url = process.env['POCKETBASE_URL'];
  if (url === undefined) throw new Error('POCKETBASE_URL is missing; global-setup-real.mjs sets it.');
  return url;
}

/** As the system's own database would: the stack's instance has a route for it. */
async function sql(statement: string, values: Readonly<Record<string, string>> = {}): Promise<void> {
  await send('POST', '/plumbline-test/sql', { statement, values });
}

async function send(method: string, path: string, body?: unknown): Promise<unknown> {
  superuserToken ??= signIn();
  return request(method, path, body, { authorization: `Bearer ${await superuserToken}` });
}

async function signIn(): Promise<string> {
  const { username, password } = new URL(pocketBaseUrl());
  const credentials = { identity: decodeURIComponent(username), password: decodeURIComponent(password) };
  const answer = await request('POST', '/api/collections/_superusers/auth-with-password', credentials, {});
  return (answer as { token: string }).token;
}

async function request(
  method: string,
  path: string,
  body: unknown,
  headers: Readonly<Record<string, string>>,
): Promise<unknown> {
  const { origin } = new URL(pocketBaseUrl());
  const response = await fetch(`${origin}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(30_000),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} is answered ${response.status}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}
