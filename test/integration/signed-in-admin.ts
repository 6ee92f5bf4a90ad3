import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { loadHubFile } from '#config';
import type { AdminSession } from '#contracts';
import { silentLogger, type HubError } from '#kernel';
import { createMetrics, type RunningApp } from '#observability';
import { startAdmin } from '../../apps/admin/start-admin.js';
import { serverAddresses } from '../harness/servers.js';

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** The admin page's server over the database of a place, with somebody signed in. Make it at the top of a file. */
export class SignedInAdmin {
  readonly fatal: HubError[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'signed-in-admin-'));
  private app: RunningApp | null = null;
  private head: Record<string, string> = {};
  private password = '';

  constructor(
    private readonly hubFile: string,
    private readonly databaseUrl: () => string,
  ) {
    beforeAll(() => this.start());
    afterAll(async () => {
      await this.stop();
      rmSync(this.folder, { recursive: true });
    });
  }

  /** Begins, or begins again, on the same database. */
  async start(): Promise<void> {
    const path = join(this.folder, 'plumbline.yaml');
    writeFileSync(path, this.hubFile);
    const { kafkaBrokers: brokers, registryUrl } = serverAddresses();
    this.app = await startAdmin({
      file: loadHubFile(path, { unsetVariables: 'keep' }),
      servers: { brokers, registryUrl, databaseUrl: this.databaseUrl() },
      http: { host: '127.0.0.1', port: 0, token: 'a-token-of-the-services-0123456789' },
      ...{ hubFilePath: path, addresses: {}, logger: silentLogger, metrics: createMetrics() },
      onFatal: (error) => this.fatal.push(error),
      tell: (text) => (this.password = /password: (\S+) /.exec(text)?.[1] ?? ''),
    });
    await this.signIn();
  }

  async stop(): Promise<void> {
    await this.app?.close();
    this.app = null;
  }

  get(path: string): Promise<ApiAnswer> {
    return this.call(path, { headers: this.head });
  }

  post(path: string, body: object = {}): Promise<ApiAnswer> {
    return this.call(path, { method: 'POST', headers: this.head, body: JSON.stringify(body) });
  }

  private async signIn(): Promise<void> {
    this.head = { 'content-type': 'application/json' };
    const answer = await fetch(`${this.app?.url}/api/login`, {
      ...{ method: 'POST', headers: this.head },
      body: JSON.stringify({ name: 'admin', password: this.password }),
    });
    const { csrfToken } = (await answer.json()) as AdminSession;
    const cookie = (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    this.head = { ...this.head, cookie, 'x-csrf-token': csrfToken };
  }

  private async call(path: string, init: RequestInit): Promise<ApiAnswer> {
    const answer = await fetch(`${this.app?.url}/api/${path}`, init);
    const text = await answer.text();
    const body: unknown = text === '' ? {} : JSON.parse(text);
    return { status: answer.status, body: (Array.isArray(body) ? { list: body } : body) as Record<string, unknown> };
  }
}
