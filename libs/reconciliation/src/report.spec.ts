import { describe, expect, test } from '@jest/globals';
import type { DriftReport, StoreDrift } from '#contracts';
import { instantOfMs, type SystemId } from '#kernel';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { toCsv } from './report-csv.js';
import { toHtml } from './report-html.js';
import { durationText, percentText } from './report-text.js';

const NOW = instantOfMs(1_700_000_000_000);
const SHOP = 'shop' as SystemId;
const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</title></style></svg><svg onload=alert(1)>',
  '&lt;b&gt; \u202eevil\u0000',
];
const FORMULAS = ['=1+1', '+1', '-2+3', '@SUM(A1)', '\tx', '\rx', '=HYPERLINK("http://x","y")', '＝1'];

const aStore = (change: Partial<StoreDrift> = {}): StoreDrift => ({
  ...{ system: SHOP, entity: 'product', unlisted: 0 },
  open: [{ kind: 'changed', outcome: 'unfixed', count: 12, oldestAt: NOW }],
  converge: { count: 3, p50Ms: 1_500, p99Ms: 90_000 },
  confirmed: { share: 0.9995, equal: 9_995, keys: 10_000, scannedAt: NOW },
  objectives: [],
  ...change,
});
const aReport = (text: string, change: Partial<DriftReport> = {}): DriftReport => ({
  ...{ at: NOW, since: NOW, roundsLeftOut: 0 },
  stores: [aStore()],
  rounds: [
    {
      ...{
        id: 'r1',
        system: SHOP,
        entity: 'product',
        state: 'failed',
        scanned: 10,
        changed: 1,
        missing: 0,
        foreign: 0,
      },
      ...{ undecided: 0, fixed: 0, unfixed: 1, fields: {}, holdId: null, problem: text, startedAt: NOW, endedAt: NOW },
    },
  ],
  holds: [
    {
      ...{ id: 'h1', kind: 'round', system: SHOP, entity: 'product', rule: 'one-field', count: 60, limit: 54 },
      ...{ reason: text, samples: [text], digest: 'd', state: 'open', openedAt: NOW, decidedAt: null, decidedBy: null },
    },
  ],
  attribution: [
    {
      ...{ system: SHOP, entity: 'product', facet: 'brand', value: text, drift: 98, driftOf: 100, driftShare: 0.98 },
      ...{ baseShare: 0.03, base: 'sample', lift: 32.7, liftAtLeast: 26.1 },
    },
  ],
  ...change,
});
const rowsOf = (csv: string): Record<string, string>[] => parse(csv, { columns: true });

describe('the page', () => {
  test('holds what was measured, in tables and charts with names', () => {
    const page = toHtml(aReport('X'));
    expect(page).toContain(
      '98% of the drift of shop product has brand X, 3% of all (sampled): at least 26.1 times as often.',
    );
    expect(page).toContain('<strong class="is-bad">12 records are open drift.</strong>');
    expect(page.match(/<svg[^>]*role="img" aria-label="[^"]+"/g)).toHaveLength(3);
    expect(page).toContain('<td>1.5 s</td><td>90s</td>');
    expect(page).toContain('@media print');
    expect(page).toContain('prefers-color-scheme: dark');
  });

  test('loads nothing and runs nothing', () => {
    const page = toHtml(aReport('X'));
    expect(page).toContain(`default-src 'none'`);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|javascript:|url\(|https?:/i);
  });

  test.each(HOSTILE)('shows %j as text', (text) => {
    const page = toHtml(aReport(text));
    expect(page).not.toMatch(/<script|<img|<svg onload|onmouseover='|\u202e/);
  });

  test('no text adds a tag or an attribute', () => {
    const tagsOf = (page: string): string[] => page.match(/<[^>]*>/g) ?? [];
    const shape = (page: string): string[] => tagsOf(page).map((tag) => tag.replace(/"[^"]*"/g, '""'));
    const plain = shape(toHtml(aReport('X')));
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...HOSTILE)), (text) => {
        expect(shape(toHtml(aReport(`x${text}`)))).toEqual(plain);
      }),
    );
  });

  test('says so where there is nothing', () => {
    const store = aStore({ open: [], confirmed: null, converge: { count: 0, p50Ms: null, p99Ms: null } });
    const page = toHtml({ ...aReport(''), stores: [store], rounds: [], holds: [], attribution: [] });
    for (const text of ['No drift is open.', 'Nothing is held.', 'no complete scan', 'No drift was repaired.'])
      expect(page).toContain(text);
  });
});

describe('the table', () => {
  test('has a row for each thing, and numbers are numbers', () => {
    const objective = { objective: 'converge', text: '99% gone', isMet: false, actual: 90_000, target: 5 } as const;
    const stores = [aStore({ unlisted: 4, objectives: [{ ...objective, budget: { allowed: 1, used: 2, of: 100 } }] })];
    const rows = rowsOf(toCsv(aReport('X', { stores })));
    const of = (part: string): Record<string, string>[] => rows.filter((row) => row['part'] === part);
    expect(of('open')).toMatchObject([
      { system: 'shop', entity: 'product', name: 'changed', state: 'unfixed', count: '12', since: NOW },
      { name: 'not listed', count: '4' },
    ]);
    expect(of('converge').map(({ name, value }) => [name, value])).toEqual([
      ['p50', '1500'],
      ['p99', '90000'],
    ]);
    expect(of('confirmed equal in 24 h')).toMatchObject([{ count: '9995', of: '10000', value: '0.9995' }]);
    expect(of('objective')).toMatchObject([{ name: 'converge', state: 'missed', count: '2', of: '1' }]);
    expect(of('attribution')).toMatchObject([{ name: 'brand', count: '98', of: '100', value: '26.1', text: 'X' }]);
    expect(of('hold')).toMatchObject([{ name: 'h1', count: '60', of: '54' }]);
    expect(of('round')).toMatchObject([{ name: 'r1', state: 'failed' }]);
  });

  test.each(FORMULAS)('%j is no formula', (text) => {
    const rows = rowsOf(toCsv(aReport(text)));
    expect(rows.find(({ part }) => part === 'round')?.['text']).toBe(`'${text}`);
    expect(rows.find(({ part }) => part === 'attribution')?.['text']).toBe(`'${text}`);
  });

  test('no cell of text begins like a formula, whatever it holds; a negative number stays one', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.constantFrom(...FORMULAS)), (text) => {
        for (const row of rowsOf(toCsv(aReport(text))))
          for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@\t\r＝＋－＠]/);
      }),
    );
    const store = aStore({ confirmed: { share: -1, equal: -5, keys: 3, scannedAt: NOW } });
    const rows = rowsOf(toCsv(aReport('X', { stores: [store] })));
    expect(rows.find(({ part }) => part?.startsWith('confirmed'))).toMatchObject({ count: '-5', value: '-1' });
  });
});

test('durations and shares are short and never flattering', () => {
  expect([300_000, 90_000, 86_400_000, 1_500, 20, 5_400_000, 24_600_000].map(durationText)).toEqual([
    '5m',
    '90s',
    '1d',
    '1.5 s',
    '20 ms',
    '90m',
    '6.83 h',
  ]);
  expect([1, 0.999, 0.99999999, 0, 0.0000001, 0.03].map(percentText)).toEqual([
    '100%',
    '99.9%',
    '99.9999%',
    '0%',
    '0.00001%',
    '3%',
  ]);
});
