import { expect, test } from '@jest/globals';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

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

const cli = new CliUnderTest();

test('reconcile --wait follows a round to its end', async () => {
  let reads = 0;
  cli.routes['GET /scans'] = () => [200, []];
  cli.routes['POST /rounds'] = () => [201, [{ ...ROUND, state: 'scanning' }]];
  cli.routes['GET /rounds/r1'] = () => [200, reads++ < 1 ? { ...ROUND, state: 'repairing', scanned: 500 } : ROUND];
  const { code, out, err } = await cli.run(['reconcile', 'erp', 'product', '--wait']);
  expect([code, cli.calls[0]?.body]).toEqual([0, { system: 'erp', entity: 'product' }]);
  expect(err.trim().split('\n')).toHaveLength(3);
  expect(out).toMatch(/r1 +erp +product +verified +10,000 +60/);
});

const SCAN = {
  ...{ system: 'erp', entity: 'product', by: 'pages', records: 1_000_000, pageSize: 1_000, pages: 1_000 },
  ...{ callsPerSecond: 2, minutes: 1_000 / 120 },
  progress: {
    ...{
      roundId: 'r1',
      pages: 431,
      scanned: 431_000,
      resumedAt: 200,
      restarted: null,
      isRead: false,
      minutesLeft: 4.7,
    },
    beganAt: '2026-11-23T04:00:00.000000Z',
  },
};

test('reconcile --dry-run shows pages, calls and minutes, and starts nothing', async () => {
  cli.routes['GET /scans'] = () => [200, [{ ...SCAN, progress: null }]];
  const { code, out } = await cli.run(['reconcile', 'erp', '--dry-run']);
  expect(code).toBe(0);
  expect(out).toMatch(/erp +product +every record +1,000,000 +1,000 +1,000 +2 +about 9 min/);
  expect(cli.calls.map(({ route }) => route)).toEqual(['GET /scans']);
});

test('reconcile --wait shows how far the scan is', async () => {
  let reads = 0;
  cli.routes['GET /scans'] = () => [200, [SCAN]];
  cli.routes['POST /rounds'] = () => [201, [{ ...ROUND, state: 'scanning' }]];
  cli.routes['GET /rounds/r1'] = () => [200, reads++ < 1 ? { ...ROUND, state: 'scanning' } : ROUND];
  const { err } = await cli.run(['reconcile', 'erp', 'product', '--wait']);
  expect(err).toContain('page 431 of about 1,000, about 5 min left, went on at page 200');
});

test('reconcile of an unknown system suggests one', async () => {
  expect(await cli.run(['reconcile', 'erpp'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Did you mean "erp"?'),
  });
});

test('drift says what the drift of a round has in common, then lists it', async () => {
  const found = { facet: 'brand', value: 'X', drift: 59, driftOf: 60, driftShare: 59 / 60, baseShare: 0.03 };
  const lift = { base: 'records', lift: 32.8, liftAtLeast: 24.06 };
  cli.routes['GET /rounds?limit=20'] = () => [200, [ROUND]];
  cli.routes['GET /rounds/r1/drift?limit=1000'] = () => [
    200,
    [{ roundId: 'r1', externalId: '7', key: 'A-7', kind: 'changed', fields: ['name'], outcome: 'fixed' }],
  ];
  cli.routes['GET /rounds/r1/attribution'] = () => [200, [{ system: 'erp', entity: 'product', ...found, ...lift }]];
  const { code, out } = await cli.run(['drift']);
  expect(code).toBe(0);
  expect(out).toContain('98.3% of the drift of erp product has brand X, 3% of all: at least 24.1 times as often.');
  expect(out).toMatch(/A-7 +changed +name +fixed/);
});
