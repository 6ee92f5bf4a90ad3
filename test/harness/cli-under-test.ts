import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { systemClock, type Clock } from '#kernel';
import { runCli } from '../../apps/cli/program.js';

const NOW_MS = Date.parse('2026-11-23T05:00:00Z');
const TOKEN = 'the-token-of-this-test';
export const HUB_FILE = `hub: { name: demo }
systems:
  erp: { connector: sql, mode: write, config: { url: '\${NOT_SET}' }, entities: { product: { source: p, key: [sku], fields: { ean: ean } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`;

/** Answers for the connector's and golden's status alike: each command reads the parts that it knows. */
export const STATUS = {
  system: 'erp',
  connector: 'sql',
  mode: 'write',
  state: 'running',
  problem: null,
  setAside: [],
  outboxRows: 0,
  openHolds: 0,
  entities: [
    {
      entity: 'product',
      live: 10_000,
      deleted: 3,
      foreign: 20,
      due: 0,
      openIntents: 0,
      rereads: 0,
      setAside: 0,
      firstScanCompletedAt: '2026-11-23T04:00:00.000000Z',
      caughtUpAt: '2026-11-23T04:59:58.000000Z',
    },
  ],
};

export const HOLD = {
  id: 'h1',
  kind: 'live',
  system: 'erp',
  entity: 'price',
  rule: 'toZero.amount',
  count: 2000,
  limit: 10,
  reason: '2,000 prices became zero.',
  samples: ['A-1', 'A-2'],
  digest: 'd1',
  state: 'open',
  openedAt: '2026-11-23T04:57:00.000000Z',
  decidedAt: null,
  decidedBy: null,
};

type Routes = Record<string, (body: unknown) => readonly [number, unknown]>;

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The command line before services that answer as a test says. Make it at the top of a file. */
export class CliUnderTest {
  readonly folder = mkdtempSync(join(tmpdir(), 'plumbline-cli-'));
  /** The hub file, which is right but for a variable that is not set. */
  readonly file = join(this.folder, 'hub.yaml');
  /** What the services answer, by `METHOD /path`; new for each test. */
  routes: Routes = {};
  readonly calls: { readonly route: string; readonly body: unknown }[] = [];
  private readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      void this.answer(request).then(([status, value]) =>
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value)),
      );
    });
    beforeAll(async () => {
      writeFileSync(this.file, HUB_FILE);
      await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    });
    beforeEach(() => {
      this.calls.length = 0;
      this.routes = {
        'GET /status': () => [200, STATUS],
        'GET /holds?state=open': () => [200, []],
        'GET /outbox/parked?limit=1': () => [200, { keys: [], more: false }],
      };
    });
    afterAll(() => {
      rmSync(this.folder, { recursive: true });
      this.server.close();
    });
  }

  /** Runs one command. @param answer to its question; undefined: there is no terminal */
  async run(args: readonly string[], environment: Record<string, string> = {}, answer?: string): Promise<Result> {
    let out = '';
    let err = '';
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    const clock: Clock = { nowMs: () => NOW_MS, sleep: () => systemClock.sleep(0) };
    const addresses = { GOLDEN_URL: url, RECONCILER_URL: url, INDEXER_URL: url, CONNECTOR_URLS: `erp=${url}` };
    const code = await runCli(['--file', this.file, ...args], {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
      environment: { PLUMBLINE_TOKEN: TOKEN, PLUMBLINE_DATA_DIR: this.folder, ...addresses, ...environment },
      clock,
      ask: answer === undefined ? null : () => Promise.resolve(answer),
    });
    return { code, out, err };
  }

  /** Runs with more lines at the end of the hub file. */
  async withHubFile(more: string, work: () => Promise<void>): Promise<void> {
    writeFileSync(this.file, HUB_FILE + more);
    try {
      await work();
    } finally {
      writeFileSync(this.file, HUB_FILE);
    }
  }

  private async answer(request: IncomingMessage): Promise<readonly [number, unknown]> {
    const body = await bodyOf(request);
    const route = `${request.method} ${request.url}`;
    this.calls.push({ route, body });
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return [401, { code: 'HUB_UNAUTHORISED', detail: 'No.', hint: '', details: {} }];
    const missing = { code: 'HUB_NOT_FOUND', detail: `no ${route}`, hint: '', details: {} };
    return this.routes[route]?.(body) ?? [404, missing];
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? null : (JSON.parse(text) as unknown);
}
