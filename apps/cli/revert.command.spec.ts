import { beforeEach, describe, expect, test } from '@jest/globals';
import { CliUnderTest } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();
const RECORDS = { selected: 0, planned: 2, listed: 1, unchanged: 0, reverted: 0, moved: 0 };
const PLANNED = {
  ...{ id: 'r-1', selection: { entity: 'product' }, state: 'planned', digest: 'd1', records: RECORDS, withSkipped: 1 },
  samples: [
    { key: 'A-1', outcome: 'planned', version: '3', changes: [{ field: 'ean', now: '9', before: '10' }], skipped: [] },
  ],
  ...{ createdAt: '2026-11-23T04:57:00.000000Z', createdBy: 'ann', approvedBy: null, reason: null },
};
const SKIPPED = [
  {
    ...{ key: 'A-2', outcome: 'listed', version: '4', changes: [] },
    skipped: [{ field: 'ean', why: 'changed since by erp (version 4)' }],
  },
];
const APPLIED = { ...PLANNED, state: 'applied', records: { ...RECORDS, planned: 0, reverted: 2 } };
const posts = () => cli.calls.filter(({ route }) => route.startsWith('POST')).map(({ route }) => route);

describe('revert', () => {
  beforeEach(() => {
    cli.routes['POST /reverts'] = () => [201, { ...PLANNED, state: 'planning' }];
    cli.routes['GET /reverts/r-1'] = () => [200, PLANNED];
    cli.routes['GET /reverts/r-1/items?limit=1000&skipped=true'] = () => [200, SKIPPED];
    cli.routes['GET /reverts/r-1/items?limit=1000&outcome=moved'] = () => [200, []];
    cli.routes['POST /reverts/r-1/apply'] = () => [200, APPLIED];
  });

  test('only shows what would go back, with what stays and why, and how to do it', async () => {
    const { code, out } = await cli.run(['revert', 'product', '--batch', 'b1', '--since', '15m']);
    expect([code, posts()]).toEqual([0, ['POST /reverts']]);
    expect(cli.calls[0]?.body).toMatchObject({ entity: 'product', batch: 'b1', since: '2026-11-23T04:45:00.000000Z' });
    expect(out).toContain('2 records would go back');
    expect(out).toMatch(/A-1 +ean +9 +10/);
    expect(out).toMatch(/A-2 +ean +changed since by erp/);
    expect(out).toContain('--yes --digest d1');
  });

  test('--yes applies exactly what was planned, or what the given digest names', async () => {
    const { code, out } = await cli.run(['revert', 'product', '--key', 'A-1', '--yes', '--reason', 'bad file']);
    expect([code, cli.calls.find(({ route }) => route.endsWith('/apply'))?.body]).toMatchObject([
      0,
      { digest: 'd1', reason: 'bad file', actor: expect.stringMatching(/^cli:/) },
    ]);
    expect(out).toContain('2 records went back');
    await cli.run(['revert', 'product', '--key', 'A-1', '--yes', '--digest', 'd0']);
    expect(cli.calls.findLast(({ route }) => route.endsWith('/apply'))?.body).toMatchObject({ digest: 'd0' });
  });

  test('what moved since the dry run is listed, and the exit code says so', async () => {
    cli.routes['GET /reverts/r-1/items?limit=1000&outcome=moved'] = () => [200, [{ ...SKIPPED[0], skipped: [] }]];
    cli.routes['POST /reverts/r-1/apply'] = () => [200, { ...APPLIED, records: { ...APPLIED.records, moved: 1 } }];
    const { code, out } = await cli.run(['revert', 'product', '--key', 'A-1', '--yes']);
    expect([code, out]).toEqual([3, expect.stringContaining('1 moved since the dry run')]);
  });

  test('a range is of a change topic of the hub file', async () => {
    await cli.run(['revert', 'product', '--topic', 'erp.product.changed.v1', '--offsets', '10-20']);
    expect(cli.calls[0]?.body).toMatchObject({ system: 'erp', range: { partition: 0, from: '10', to: '20' } });
    expect((await cli.run(['revert', 'product', '--topic', 'x', '--offsets', '10-20'])).code).toBe(2);
    expect((await cli.run(['revert', 'product', '--topic', 'erp.product.changed.v1'])).code).toBe(2);
    expect((await cli.run(['revert', 'product', '--since', 'yesterday'])).code).toBe(2);
  });

  test('without a selection it lists what there is to take back', async () => {
    const batch = {
      batch: 'erp/product/b1',
      system: 'erp',
      entity: 'product',
      records: 2000,
      from: 'x',
      to: PLANNED.createdAt,
    };
    cli.routes['GET /batches?entity=product&limit=20'] = () => [200, [batch]];
    const { out } = await cli.run(['revert', 'product']);
    expect(out).toMatch(/erp\/product\/b1 +erp +2,000/);
  });

  test('undo takes back a round that has ended', async () => {
    cli.routes['GET /rounds/w1'] = () => [
      200,
      { id: 'w1', entity: 'product', state: 'verified', changed: 4, missing: 1, endedAt: PLANNED.createdAt },
    ];
    cli.routes['GET /rounds/w2'] = () => [200, { id: 'w2', entity: 'product', state: 'repairing', endedAt: null }];
    const { out, err } = await cli.run(['undo', 'w1', '--yes']);
    expect(out).toContain('2 records went back');
    expect(err).toContain('Of 2 repairs golden no longer knows what was found');
    expect(cli.calls[1]?.body).toMatchObject({ entity: 'product', round: 'w1' });
    expect((await cli.run(['undo', 'w2'])).code).toBe(2);
  });
});
