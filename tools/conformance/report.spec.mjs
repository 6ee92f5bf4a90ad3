import { expect, test } from '@jest/globals';

import { toPage } from './page.mjs';
import { countRows, toRows, withoutFaults } from './report.mjs';

const result = (change) => ({
  ...{ ancestorTitles: ['conformance of sql: a table', 'faults'], title: 'a rule', status: 'passed', duration: 7 },
  ...{ failureMessages: [], ...change },
});
const file = (assertionResults, change = {}) => ({
  ...{ name: '/repo/connectors/sql/sql.real.spec.ts', status: 'passed', message: '', assertionResults, ...change },
});
const rowsOf = (...files) => toRows({ testResults: files }, '/repo');

test('a case is a row, and a rule that does not apply says why', () => {
  const lacking = result({ title: 'another (not applicable: it only scans)', status: 'pending', duration: null });
  expect(rowsOf(file([result({}), lacking]))).toEqual([
    ...[
      {
        kind: 'rule',
        connector: 'sql',
        system: 'sql: a table',
        group: 'faults',
        case: 'a rule',
        status: 'passed',
        ms: 7,
        message: '',
      },
    ],
    expect.objectContaining({ case: 'another', status: 'not applicable', message: 'it only scans' }),
  ]);
});

test('tests that belong to no suite, or were left out, are no rows', () => {
  const other = result({ ancestorTitles: ['rest: what PocketBase does besides'] });
  expect(rowsOf(file([other, result({ status: 'pending' })]))).toEqual([]);
});

test('a planted bug that nothing caught is no failed case, and a file that could not run is one', () => {
  const planted = (status) => result({ ancestorTitles: ['planted connector bugs', 'sql'], status });
  const broken = file([], { status: 'failed', message: 'SyntaxError' });
  const rows = rowsOf(file([planted('passed'), planted('failed'), result({})]), broken);
  expect(countRows(rows)).toEqual({ planted: 2, caught: 1, cases: 2, failed: 1, skipped: 0 });
});

test('a target whose faults were left out is named, unless it has no network', () => {
  const calm = (name) => result({ ancestorTitles: [`conformance of ${name}`, 'reading'] });
  const rows = rowsOf(file([result({}), calm('rest: PocketBase'), calm('files: CSV drops of changes')]));
  expect(withoutFaults(rows, ['files: CSV drops'])).toEqual(['rest: PocketBase']);
});

test('the page shows a failure as text', () => {
  const rows = rowsOf(file([result({ status: 'failed', failureMessages: ['<b>lost</b>'] })]));
  const page = toPage({ counts: countRows(rows), rows, startedAt: '2026-11-25T20:00:00Z', seconds: 3 });
  expect(page).toContain('&lt;b&gt;lost&lt;/b&gt;');
  expect(page).toContain('rules are broken');
});
