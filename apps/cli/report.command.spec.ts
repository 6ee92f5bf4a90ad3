import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DriftReport, StoreDrift } from '#contracts';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { CliUnderTest, HOLD } from '../../test/harness/cli-under-test.js';

const cli = new CliUnderTest();
const AT = '2026-11-23T05:00:00.000000Z';
const STORE = {
  ...{ system: 'erp', entity: 'product', unlisted: 0 },
  open: [{ kind: 'changed', outcome: 'unfixed', count: 12, oldestAt: '2026-11-23T02:00:00.000000Z' }],
  converge: { count: 40, p50Ms: 2_000, p99Ms: 120_000 },
  confirmed: { share: 0.998, equal: 9_980, keys: 10_000, scannedAt: AT },
  objectives: [
    {
      ...{ objective: 'confirmedEqual', text: '99.9% of keys confirmed equal within 1d', isMet: false, actual: 0.998 },
      ...{ target: 0.999, budget: { allowed: 10, used: 20, of: 10_000 } },
    },
  ],
} as unknown as StoreDrift;
const REPORT = {
  ...{ at: AT, since: '2026-11-16T05:00:00.000000Z', stores: [STORE], rounds: [], roundsLeftOut: 7, holds: [] },
  attribution: [
    {
      ...{ system: 'erp', entity: 'product', facet: 'brand', value: '<b>"=X"', drift: 98, driftOf: 100 },
      ...{ driftShare: 0.98, baseShare: 0.03, base: 'records', lift: 32.7, liftAtLeast: 26.1 },
    },
  ],
} as unknown as DriftReport;

beforeEach(() => {
  cli.routes['GET /report?since=7d'] = () => [200, REPORT];
  cli.routes['GET /holds'] = () => [200, []];
});

describe('report', () => {
  test('says on one screen what is open, what it has in common, and which objective is missed', async () => {
    const { code, out } = await cli.run(['report']);
    expect(code).toBe(1);
    expect(out).toContain('Drift since 2026-11-16 05:00:00 UTC (7 days ago): 7 rounds, 0 held batches.');
    expect(out).toMatch(/erp +product +12 +2026-11-23 02:00:00 UTC \(3 h ago\) +2s +2m +99.8%/);
    expect(out).toContain(
      '98% of the drift of erp product has brand <b>"=X", 3% of all: at least 26.1 times as often.',
    );
    expect(out).toMatch(/99.9% of keys confirmed equal within 1d +MISSED +99.8% +20 of 10/);
  });

  test('joins the batches that golden holds, open ones and those of the window', async () => {
    const old = { ...HOLD, id: 'old', state: 'rejected', openedAt: '2026-01-01T00:00:00.000000Z' };
    const other = { ...HOLD, id: 'other', system: 'shop' };
    const open = { ...HOLD, entity: 'product' };
    const decided = { ...open, id: 'h2', state: 'approved', openedAt: '2026-11-20T00:00:00.000000Z' };
    cli.routes['GET /holds'] = () => [200, [open, old, other, decided]];
    cli.routes['GET /holds?state=open'] = () => [200, [open, other]];
    cli.routes['GET /report?since=1d&system=erp&entity=product'] = () => [200, REPORT];
    const args = ['report', '--system', 'erp', '--entity', 'product', '--since', '1d', '--format', 'json'];
    const { code, out } = await cli.run(args);
    expect(code).toBe(3);
    expect((JSON.parse(out) as DriftReport).holds.map(({ id }) => id)).toEqual(['h1', 'h2']);
  });

  test('writes a page that nobody else may read, escaped', async () => {
    const file = join(cli.folder, 'drift.html');
    const { code, out } = await cli.run(['report', '--out', file]);
    expect([code, out]).toEqual([1, `Written to ${file}.\n`]);
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('&lt;b&gt;&quot;=X&quot;');
    expect(page).not.toContain('<b>');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('prints a table in which no cell is a formula', async () => {
    cli.routes['GET /report?since=7d'] = () => [
      200,
      { ...REPORT, attribution: [{ ...REPORT.attribution[0], value: '=cmd()' }] },
    ];
    const { out } = await cli.run(['report', '--format', 'csv']);
    expect(out).toContain(`attribution,erp,product,brand,records,98,100,26.1,times,,'=cmd()\r\n`);
  });

  test('without golden it is still told, with what is missing', async () => {
    const { code, out, err } = await cli.run(['report'], { GOLDEN_URL: 'http://127.0.0.1:9' });
    expect(code).toBe(4);
    expect(out).toContain('brand');
    expect(err).toContain('golden is not running');
  });

  test.each([
    [['--since', 'soon'], 'Write a duration'],
    [['--format', 'pdf'], 'html, json, csv'],
    [['--system', 'eerp'], 'Did you mean "erp"?'],
    [['--entity', 'produkt'], 'Unknown entity "produkt"'],
    [['--out', 'drift.txt'], 'does not say which format'],
    [['--out', '/nowhere/drift.csv'], 'can not be written (ENOENT)'],
  ])('%j is refused', async (args, message) => {
    const { code, err } = await cli.run(['report', ...args]);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

test('status shows the objectives of the hub file, and a missed one with the next command', async () => {
  cli.routes['GET /drift?since=1d'] = () => [200, [STORE]];
  const before = await cli.run(['status']);
  expect(before).toMatchObject({ code: 0, out: expect.not.stringContaining('confirmed equal') });
  await cli.withHubFile('objectives: [{ confirmedEqual: 99.9% }]\n', async () => {
    const { code, out } = await cli.run(['status']);
    expect(code).toBe(1);
    expect(out).toMatch(/erp product +99.9% of keys confirmed equal within 1d +MISSED/);
    expect(out).toContain('1 objectives are MISSED\n  plumbline report --format html --out drift.html');
  });
});
