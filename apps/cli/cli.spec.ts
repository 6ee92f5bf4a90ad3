import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { systemClock, type Clock } from '#kernel';
import { runCli } from './program.js';

const NOW_MS = Date.parse('2026-11-23T05:00:00Z');
const TOKEN = 'the-token-of-this-test';
const HUB_FILE = `hub: { name: demo }
systems:
  erp: { connector: sql, mode: write, config: { url: '\${NOT_SET}' }, entities: { product: { source: p, key: [sku], fields: { ean: ean } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`;

/** Answers for the connector's and golden's status alike: each command reads the parts that it knows. */
const STATUS = {
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
const HOLD = {
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
const PLAN = {
  system: 'erp',
  mode: 'observe',
  scanned: true,
  writeAllowed: false,
  why: '7 records differ',
  entities: [
    {
      entity: 'product',
      equal: 9990,
      different: 7,
      onlyHere: 2,
      onlyThere: 1,
      lag: 0,
      fields: [{ field: 'ean', count: 7, samples: ['A-1', 'A-2'] }],
    },
  ],
};
const ROUND = {
  id: 'r1',
  system: 'erp',
  entity: 'product',
  state: 'verified',
  scanned: 10_000,
  changed: 60,
  missing: 0,
  foreign: 20,
  undecided: 0,
  fixed: 60,
  unfixed: 0,
  fields: {},
  holdId: null,
  problem: null,
  startedAt: '2026-11-23T04:59:00.000000Z',
  endedAt: null,
};
const EXPLAIN = {
  entity: 'price',
  key: 'A|1',
  version: '7',
  status: 'live',
  policyVersion: 2,
  changedAt: '2026-11-23T04:58:00.000000Z',
  foreign: false,
  holds: [],
  fields: {
    amount: {
      value: '9.9',
      rule: 'owner',
      values: [
        {
          system: 'erp',
          externalId: '4711',
          value: '9.9',
          at: '2026-11-23T04:58:00.000000Z',
          unread: false,
          won: true,
        },
        { system: 'shop', externalId: 'p1', value: '9.95', at: null, unread: true, won: false },
      ],
    },
    currency: { value: 'EUR', rule: 'owner', values: [] },
  },
};

type Routes = Record<string, (body: unknown) => readonly [number, unknown]>;

let server: Server;
let url: string;
let routes: Routes;
let calls: { route: string; body: unknown }[];
const folder = mkdtempSync(join(tmpdir(), 'plumbline-cli-'));
const file = join(folder, 'hub.yaml');

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text === '' ? null : (JSON.parse(text) as unknown);
}

beforeAll(async () => {
  writeFileSync(file, HUB_FILE);
  server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const route = `${request.method} ${request.url}`;
      calls.push({ route, body });
      const isAllowed = request.headers.authorization === `Bearer ${TOKEN}`;
      const answer = routes[route];
      const unauthorised = [401, { code: 'HUB_UNAUTHORISED', message: 'No.', hint: '', details: {} }] as const;
      const missing = [404, { code: 'HUB_NOT_FOUND', message: `no ${route}`, hint: '', details: {} }] as const;
      const [status, value] = isAllowed ? (answer?.(body) ?? missing) : unauthorised;
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  server.close();
});
beforeEach(() => {
  calls = [];
  routes = {
    'GET /status': () => [200, STATUS],
    'GET /holds?state=open': () => [200, []],
  };
});

interface Result {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function cli(
  args: readonly string[],
  environment: Record<string, string> = {},
  answer?: string,
): Promise<Result> {
  let out = '';
  let err = '';
  const clock: Clock = { nowMs: () => NOW_MS, sleep: () => systemClock.sleep(0) };
  const addresses = { GOLDEN_URL: url, RECONCILER_URL: url, CONNECTOR_URLS: `erp=${url}` };
  const code = await runCli(['--file', file, ...args], {
    stdout: { write: (text: string) => (out += text) },
    stderr: { write: (text: string) => (err += text) },
    environment: { PLUMBLINE_TOKEN: TOKEN, PLUMBLINE_DATA_DIR: folder, ...addresses, ...environment },
    clock,
    ask: answer === undefined ? null : () => Promise.resolve(answer),
  });
  return { code, out, err };
}

describe('the command line', () => {
  test('help has examples and exit codes, and needs neither file nor services', async () => {
    expect(await cli(['--help'])).toMatchObject({ code: 0, out: expect.stringContaining('Exit codes:') });
    expect(await cli(['reconcile', '--help'])).toMatchObject({
      code: 0,
      out: expect.stringContaining('plumbline reconcile shop --wait'),
    });
  });

  test.each([
    [['stauts']],
    [['reconcile']],
    [['explain', 'produkt', 'A']],
    [['drift', '--limit', 'x']],
    [['as-of', 'product', 'A', '--at', 'then']],
  ])('%j is a usage error', async (args) => {
    expect((await cli(args)).code).toBe(2);
  });

  test('check tells all problems of the hub file with line and column', async () => {
    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, HUB_FILE.replace('connector:', 'conector:'));
    const { code, out } = await cli(['check', '--file', bad]);
    expect(code).toBe(1);
    expect(out).toContain(`${bad}:3:10 systems.erp.conector: Unknown field "conector". Did you mean "connector"?`);
    expect(out).toContain('The environment variable NOT_SET is not set.');
    expect(out).toContain('3 problems in');
  });

  test('check reaches the systems through their connectors', async () => {
    routes['POST /check'] = () => [
      200,
      { reachable: true, version: 'PostgreSQL 15.1', canWrite: false, problems: ['no table p'] },
    ];
    const environment = { NOT_SET: 'x' };
    expect(await cli(['check'], environment)).toMatchObject({
      code: 1,
      out: `${file}: no problem.\nerp: reached, PostgreSQL 15.1, may only read\n  - no table p\n`,
    });
    const down = await cli(['check'], { ...environment, CONNECTOR_URLS: 'erp=http://127.0.0.1:9' });
    expect(down).toMatchObject({ code: 0, out: expect.stringContaining('Not running, so not reached: erp') });
  });
});

describe('status', () => {
  test('says when nothing is wrong', async () => {
    const { code, out } = await cli(['status']);
    expect(out).toContain('Nothing is wrong.');
    expect(out).toMatch(/erp +running, write +product +10,000/);
    expect(code).toBe(0);
  });

  test('shows a hold with what, why, since when and the commands', async () => {
    routes['GET /holds?state=open'] = () => [200, [HOLD]];
    const { code, out } = await cli(['status']);
    expect(code).toBe(3);
    expect(out).toContain(
      'HELD h1: a batch of changes of erp price, since 2026-11-23 04:57:00 UTC (3 min ago)\n' +
        '  2,000 records, the limit is 10 (rule toZero.amount)\n  2,000 prices became zero.\n' +
        '  for example: A-1, A-2\n  plumbline approve h1\n  plumbline reject h1',
    );
  });

  test('shows what is set aside and why a system is stopped', async () => {
    const setAside = {
      entity: 'product',
      externalId: '7',
      key: null,
      kind: 'rejected-read',
      reason: 'no sku',
      at: '2026-11-23T04:00:00.000000Z',
    };
    routes['GET /status'] = () => [
      200,
      { ...STATUS, state: 'stopped', problem: 'wrong password', setAside: [setAside] },
    ];
    const { code, out } = await cli(['status']);
    expect(code).toBe(1);
    expect(out).toContain('erp is STOPPED, someone must act: wrong password');
    expect(out).toContain(
      'erp: 1 records set aside\n  product 7, rejected-read: no sku, 2026-11-23 04:00:00 UTC (60 min ago)',
    );
  });

  test('one service that is down hides no other', async () => {
    const { code, out } = await cli(['status', '--json'], { CONNECTOR_URLS: 'erp=http://127.0.0.1:9' });
    expect(code).toBe(4);
    expect(JSON.parse(out)).toMatchObject({
      systems: [],
      golden: { openHolds: 0 },
      unreachable: [{ service: 'connector erp', message: 'connector erp is not running at http://127.0.0.1:9.' }],
    });
  });

  test('a wrong token is told with what to do; in JSON as one object', async () => {
    expect(await cli(['status'], { PLUMBLINE_TOKEN: 'another-token-entirely' })).toMatchObject({
      code: 1,
      err: expect.stringContaining('Send the bearer token'),
    });
    const { out } = await cli(['status', '--json'], { PLUMBLINE_TOKEN: 'another-token-entirely' });
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'HUB_UNAUTHORISED' } });
  });
});

describe('decisions', () => {
  beforeEach(() => {
    routes['GET /holds?state=open'] = () => [200, [HOLD]];
    routes['POST /holds/h1/approve'] = () => [200, { ...HOLD, state: 'approved' }];
  });

  test('approve shows the hold, asks, and names its digest', async () => {
    const { code, err, out } = await cli(['approve', 'h1'], {}, 'y');
    expect([code, out]).toEqual([0, 'h1 is approved: it goes on now. See `plumbline status`.\n']);
    expect(err).toContain('2,000 prices became zero.');
    expect(calls.at(-1)).toMatchObject({
      route: 'POST /holds/h1/approve',
      body: { digest: 'd1', actor: expect.stringMatching(/^cli:/) },
    });
  });

  test('a no changes nothing, and without a terminal --yes is needed', async () => {
    expect(await cli(['approve', 'h1'], {}, 'n')).toMatchObject({ code: 0, out: 'Nothing was decided.\n' });
    expect((await cli(['approve', 'h1'])).code).toBe(2);
    expect(calls.some(({ route }) => route.startsWith('POST'))).toBe(false);
  });

  test('a digest that is no longer right asks again', async () => {
    routes['POST /holds/h1/approve'] = () => [
      409,
      { code: 'HUB_APPROVAL_STALE', message: 'moved', hint: '', details: {} },
    ];
    const { code, err } = await cli(['approve', 'h1', '--yes', '--digest', 'd0']);
    expect([code, calls.at(-1)?.body]).toMatchObject([3, { digest: 'd0' }]);
    expect(err).toContain('look again and approve the new digest');
  });

  test('an unknown id is an error', async () => {
    expect((await cli(['reject', 'h2', '--yes'])).code).toBe(1);
  });
});

describe('plan, apply, reconcile, explain', () => {
  test('plan shows counts, fields with samples, and what apply would do', async () => {
    routes['GET /plan?samples=5'] = () => [200, PLAN];
    const { code, out } = await cli(['plan']);
    expect(code).toBe(3);
    expect(out).toMatch(/product +9,990 +7 +2 +1 +0/);
    expect(out).toMatch(/product\.ean +7 +A-1, A-2/);
    expect(out).toContain('not set erp to write: 7 records differ');
    expect(out).toContain('KAFKA_BROKERS is not set');
  });

  test('reconcile --wait follows a round to its end', async () => {
    let reads = 0;
    routes['POST /rounds'] = () => [201, [{ ...ROUND, state: 'scanning' }]];
    routes['GET /rounds/r1'] = () => [200, reads++ < 1 ? { ...ROUND, state: 'repairing', scanned: 500 } : ROUND];
    const { code, out, err } = await cli(['reconcile', 'erp', 'product', '--wait']);
    expect([code, calls[0]?.body]).toEqual([0, { system: 'erp', entity: 'product' }]);
    expect(err.trim().split('\n')).toHaveLength(3);
    expect(out).toMatch(/r1 +erp +product +verified +10,000 +60/);
  });

  test('reconcile of an unknown system suggests one', async () => {
    expect(await cli(['reconcile', 'erpp'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Did you mean "erp"?'),
    });
  });

  test('explain says who won a field, by which rule, since when, and what the others say', async () => {
    routes['GET /explain/price/A%7C1'] = () => [200, EXPLAIN];
    const { out } = await cli(['explain', 'price', 'A|1', 'amount']);
    expect(out).toBe(
      'price A|1: live, version 7, policy 2, since 2026-11-23 04:58:00 UTC (2 min ago)\n' +
        'amount is 9.9\n' +
        '  erp (4711) says 9.9 since 2026-11-23 04:58:00 UTC (2 min ago): wins by owner\n' +
        '  shop (p1) says 9.95 since before the hub knew it, not in its latest record: loses\n',
    );
  });

  test('as-of takes a time or how long ago', async () => {
    const report = {
      entity: 'price',
      key: 'A',
      version: '6',
      status: 'live',
      changedAt: '2026-11-22T00:00:00.000000Z',
      fields: { amount: '8.5' },
    };
    routes['GET /as-of/price/A?at=2026-11-23T04%3A45%3A00.000000Z'] = () => [200, report];
    expect((await cli(['as-of', 'price', 'A', '--at', '15m'])).out).toContain('amount: 8.5');
    expect((await cli(['as-of', 'price', 'A', '--at', '2026-11-23T05:45:00+01:00', '--json'])).out).toContain(
      '"version":"6"',
    );
  });
});
