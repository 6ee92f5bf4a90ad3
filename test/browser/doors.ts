import { expect } from '@jest/globals';
import type { AdminSession } from '#contracts';

interface Verbs {
  readonly get?: { readonly security: readonly object[] };
}

const JSON_TYPE = { 'content-type': 'application/json' };

/** The page's API as a program sees it, without a browser. */
export class Doors {
  constructor(private readonly base: string) {}

  async status(path: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
    return (await fetch(`${this.base}${path}`, { headers })).status;
  }

  async post(path: string, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    return fetch(`${this.base}${path}`, {
      method: 'POST',
      headers: { ...JSON_TYPE, ...headers },
      body: JSON.stringify(body),
    });
  }

  /** Signs in. @returns the cookie to send, and the session */
  async signIn(password: string): Promise<{ readonly cookie: string; readonly session: AdminSession }> {
    const answer = await this.post('/api/login', { name: 'admin', password });
    expect(answer.status).toBe(200);
    const set = answer.headers.get('set-cookie') ?? '';
    expect(set).toMatch(/^plumbline_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
    return { cookie: set.split(';')[0] ?? '', session: (await answer.json()) as AdminSession };
  }

  /** Paths of every GET route that needs a session, with something in each place of a path. */
  async readRoutes(cookie: string): Promise<string[]> {
    const answer = await fetch(`${this.base}/api/openapi.json`, { headers: { cookie } });
    const { paths } = (await answer.json()) as { readonly paths: Readonly<Record<string, Verbs>> };
    const reads = Object.entries(paths).filter(
      ([path, { get }]) => get && get.security.length > 0 && path !== '/api/live',
    );
    return reads.map(([path]) => path.replace(/\{\w+\}/g, 'x'));
  }
}
