import { schemaName } from '#hub-file';
import { silentLogger } from '#kernel';
import { createMetrics, type RunningApp } from '#observability';
import { Database } from '#store-postgres';
import { afterAll, beforeAll } from '@jest/globals';
import { startAdmin, type AdminOptions } from '../../apps/admin/start-admin.js';
import type { AccessUnderTest } from './access-under-test.js';

/** What a browser got. */
export interface Shown {
  readonly status: number;
  readonly headers: Headers;
  /** The answer, or problem details. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** The admin page's server over a golden of the test; its reconciler does not run. Make it at the top of a file, after the golden. */
export class AdminUnderTest {
  /** What was told to people. */
  told = '';
  private running: RunningApp | null = null;

  constructor(
    private readonly access: AccessUnderTest,
    private readonly more: () => Partial<AdminOptions> = () => ({}),
  ) {
    beforeAll(() => this.start());
    afterAll(async () => {
      await this.running?.close();
      await this.withDatabase((database) =>
        database.query(`DROP SCHEMA "${schemaName(this.access.golden.file, 'admin')}" CASCADE`),
      );
    });
  }

  get url(): string {
    return this.running?.url ?? '';
  }

  /** A browser that nobody signed in yet. */
  visitor(): Visitor {
    return new Visitor(this.url);
  }

  /** Somebody new, signed in. */
  async person(name: string, ...roles: readonly string[]): Promise<Visitor> {
    const { out, code } = await this.access.cli('access', 'add-person', name, '--role', ...roles);
    if (code !== 0) throw new Error(out);
    const visitor = this.visitor();
    await visitor.signIn(name, (JSON.parse(out) as { readonly password: string }).password);
    return visitor;
  }

  /** Works on the page's own database. */
  async withDatabase<Result>(work: (database: Database) => Promise<Result>): Promise<Result> {
    const { servers, file } = this.access.golden;
    const names = { schema: schemaName(file, 'admin'), applicationName: 'admin-test' };
    const database = await Database.connect({ url: servers.databaseUrl, ...names }, []);
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  private async start(): Promise<void> {
    const { servers, file, token, url, fatal } = this.access.golden;
    const { kafkaBrokers: brokers, registryUrl, databaseUrl } = servers;
    this.running = await startAdmin({
      ...{ file, servers: { brokers, registryUrl, databaseUrl }, http: { host: '127.0.0.1', port: 0, token } },
      ...{ logger: silentLogger, metrics: createMetrics({ processMetrics: false }) },
      onFatal: (error) => fatal.push(error),
      hubFilePath: this.access.file,
      addresses: { golden: url, reconciler: 'http://127.0.0.1:9' },
      tell: (text) => (this.told += text),
      ...this.more(),
    });
  }
}

/** A browser as a program: keeps cookies and the CSRF token of its session, follows no redirect. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  csrfToken = '';

  constructor(private readonly base: string) {}

  async signIn(name: string, password: string): Promise<Shown> {
    const shown = await this.post('/api/login', { name, password });
    const { csrfToken } = shown.body;
    this.csrfToken = typeof csrfToken === 'string' ? csrfToken : '';
    return shown;
  }

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Shown> {
    return this.call(path, { headers });
  }

  post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Shown> {
    const own = { 'content-type': 'application/json', 'x-csrf-token': this.csrfToken, ...headers };
    return this.call(path, { method: 'POST', headers: own, body: JSON.stringify(body) });
  }

  /** A form with one field for each entry, as a page of another site can send it. */
  form(path: string, fields: Readonly<Record<string, string>>): Promise<Shown> {
    return this.call(path, { method: 'POST', body: new URLSearchParams(fields) });
  }

  private async call(path: string, init: RequestInit): Promise<Shown> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...(init.headers as Record<string, string> | undefined), ...(cookie !== '' && { cookie }) };
    const answer = await fetch(new URL(path, this.base), { ...init, headers, redirect: 'manual' });
    for (const set of answer.headers.getSetCookie()) this.keep(set);
    const text = await answer.text();
    const body = /json/.test(answer.headers.get('content-type') ?? '') ? (JSON.parse(text) as Shown['body']) : { text };
    return { status: answer.status, headers: answer.headers, body };
  }

  private keep(set: string): void {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
    if (value === '' || /max-age=0/i.test(set)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
