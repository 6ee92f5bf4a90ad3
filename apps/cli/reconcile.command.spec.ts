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
  cli.routes['POST /rounds'] = () => [201, [{ ...ROUND, state: 'scanning' }]];
  cli.routes['GET /rounds/r1'] = () => [200, reads++ < 1 ? { ...ROUND, state: 'repairing', scanned: 500 } : ROUND];
  const { code, out, err } = await cli.run(['reconcile', 'erp', 'product', '--wait']);
  expect([code, cli.calls[0]?.body]).toEqual([0, { system: 'erp', entity: 'product' }]);
  expect(err.trim().split('\n')).toHaveLength(3);
  expect(out).toMatch(/r1 +erp +product +verified +10,000 +60/);
});

test('reconcile of an unknown system suggests one', async () => {
  expect(await cli.run(['reconcile', 'erpp'])).toMatchObject({
    code: 2,
    err: expect.stringContaining('Did you mean "erp"?'),
  });
});
