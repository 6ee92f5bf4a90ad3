import { expect, test } from '@jest/globals';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

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

const cli = new CliUnderTest();

test('explain says who won a field, by which rule, since when, and what the others say', async () => {
  cli.routes['GET /explain/price/A%7C1'] = () => [200, EXPLAIN];
  const { out } = await cli.run(['explain', 'price', 'A|1', 'amount']);
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
  cli.routes['GET /as-of/price/A?at=2026-11-23T04%3A45%3A00.000000Z'] = () => [200, report];
  expect((await cli.run(['as-of', 'price', 'A', '--at', '15m'])).out).toContain('amount: 8.5');
  expect((await cli.run(['as-of', 'price', 'A', '--at', '2026-11-23T05:45:00+01:00', '--json'])).out).toContain(
    '"version":"6"',
  );
});
