import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { loadHubFile } from '#config';
import { silentLogger, type HubError } from '#kernel';
import { createMetrics, type RunningApp } from '#observability';
import { startAdmin } from '../../apps/admin/start-admin.js';
import { serverAddresses } from '../harness/servers.js';
import { Visitor, type Shown } from './admin-under-test.js';

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Of the hub's services, in these tests. */
export const SERVICE_TOKEN = 'a-token-of-the-services-0123456789';

/** The admin page's server over the database of a place, with somebody signed in. Make it at the top of a file. */
export class SignedInAdmin {
  readonly fatal: HubError[] = [];
  private readonly folder = mkdtempSync(join(tmpdir(), 'signed-in-admin-'));
  private app: RunningApp | null = null;
  private visitor = new Visitor('');
  private password = '';

  constructor(
    private readonly hubFile: string | (() => string),
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
    writeFileSync(path, typeof this.hubFile === 'string' ? this.hubFile : this.hubFile());
    const { kafkaBrokers: brokers, registryUrl } = serverAddresses();
    this.app = await startAdmin({
      file: loadHubFile(path, { unsetVariables: 'keep' }),
      servers: { brokers, registryUrl, databaseUrl: this.databaseUrl() },
      http: { host: '127.0.0.1', port: 0, token: SERVICE_TOKEN },
      ...{ hubFilePath: path, addresses: {}, logger: silentLogger, metrics: createMetrics() },
      onFatal: (error) => this.fatal.push(error),
      tell: (text) => (this.password = /password: (\S+) /.exec(text)?.[1] ?? ''),
    });
    this.visitor = new Visitor(this.app.url);
    await this.visitor.signIn('admin', this.password);
  }

  async stop(): Promise<void> {
    await this.app?.close();
    this.app = null;
  }

  get(path: string): Promise<ApiAnswer> {
    return this.answer(this.visitor.get(`/api/${path}`));
  }

  post(path: string, body: object = {}): Promise<ApiAnswer> {
    return this.answer(this.visitor.post(`/api/${path}`, body));
  }

  /** A list stands below `list`. */
  private async answer(shown: Promise<Shown>): Promise<ApiAnswer> {
    const { status, body } = await shown;
    const isEmpty = body['text'] === '';
    return { status, body: Array.isArray(body) ? { list: body } : isEmpty ? {} : body };
  }
}
