import { z } from 'zod';
import { SqlStore } from '../stores/sql-store.js';

const answerSchema = z.object({ result: z.unknown(), error: z.unknown() }).partial();
const loginSchema = z.tuple([z.number(), z.string()]).rest(z.unknown());
const TIMEOUT_MS = 180_000;

/** A decimal as Tryton's JSON has it. */
export function toDecimal(text: string): object {
  return { __class__: 'Decimal', decimal: text };
}

/** One Tryton database as its users see it: changed by JSON-RPC, read by SQL. */
export class TrytonDatabase {
  readonly sql: SqlStore;
  private session: { readonly header: string; readonly context: object } | null = null;

  /** @param url of the server, with its administrator @param serverUrl of the PostgreSQL below it */
  constructor(
    private readonly url: URL,
    serverUrl: string,
    readonly name: string,
  ) {
    const database = new URL(serverUrl);
    database.pathname = `/${name}`;
    this.sql = new SqlStore(name, database.href);
  }

  /** One call, one transaction. @throws Error with Tryton's words when it refuses */
  async call<T>(method: string, params: readonly unknown[], context: object = {}): Promise<T> {
    this.session ??= await this.logIn();
    const whole = { ...this.session.context, active_test: false, ...context };
    return (await this.post(method, [...params, whole], this.session.header)) as T;
  }

  /** Ids of rows by a column with a unique value. */
  async ids(sql: string, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const rows = await this.sql.query<{ key: string; id: number }>(sql, [keys]);
    return new Map(rows.map(({ key, id }) => [key, id]));
  }

  /** Templates of products by article number. */
  templates(codes: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return this.ids('SELECT code AS key, template AS id FROM product_product WHERE code = ANY ($1)', codes);
  }

  close(): Promise<void> {
    return this.sql.close();
  }

  private async logIn(): Promise<{ readonly header: string; readonly context: object }> {
    const [user, password] = [decodeURIComponent(this.url.username), decodeURIComponent(this.url.password)];
    const [id, token] = loginSchema.parse(await this.post('common.db.login', [user, { password }, 'en']));
    const header = `Session ${Buffer.from(`${user}:${id}:${token}`).toString('base64')}`;
    const context = await this.post('model.res.user.get_preferences', [true, {}], header);
    return { header, context: z.record(z.string(), z.unknown()).parse(context) };
  }

  private async post(method: string, params: readonly unknown[], authorization?: string): Promise<unknown> {
    const response = await fetch(`${this.url.origin}/${this.name}/rpc/`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'accept-encoding': 'gzip', // without it a long answer is marked as compressed, and is not
        ...(authorization === undefined ? {} : { authorization }),
      },
      body: JSON.stringify({ id: 1, method, params }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`Tryton answers ${method} with status ${response.status}`);
    const { result, error } = answerSchema.parse(await response.json());
    if (error !== undefined && error !== null) throw new Error(`${method}: ${JSON.stringify(error).slice(0, 600)}`);
    return result;
  }
}
