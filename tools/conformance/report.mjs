// From jest's JSON reports to the rows of the conformance report, its counts and its page. Pure.
import { relative } from 'node:path';

const SUITE = 'conformance of ';
const PLANTED = 'planted connector bugs';
const NOT_APPLICABLE = / \(not applicable: (.*)\)$/s;
const ANSI = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const STATUS = { passed: 'passed', failed: 'failed', pending: 'not applicable' };

/** A row per case of the suite and per planted bug, and one per file that could not run. */
export function toRows(report, root) {
  return report.testResults.flatMap((file) => {
    const connector = relative(root, file.name).split('/')[1] ?? '';
    const rows = file.assertionResults.flatMap((result) => toRow(connector, result));
    const isBroken = file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed');
    return isBroken ? [...rows, brokenFile(connector, file)] : rows;
  });
}

function toRow(connector, { ancestorTitles: [head = '', group = ''], title, status, duration, failureMessages }) {
  const place = toPlace(head, group);
  const [, lack] = NOT_APPLICABLE.exec(title) ?? [];
  // Tests that the run left out (other tests of the same file) are pending as well.
  if (place === null || (status === 'pending' && lack === undefined)) return [];
  const failure = failureMessages.join('\n').replaceAll(ANSI, '');
  return {
    ...{ kind: place.kind, connector, system: place.system, group: place.group },
    ...{ case: title.replace(NOT_APPLICABLE, ''), status: STATUS[status] ?? 'failed' },
    ...{ ms: duration ?? null, message: lack ?? failure },
  };
}

/** What the headings of a test say of it; null where it belongs to no suite. */
function toPlace(head, group) {
  if (head.startsWith(SUITE)) return { kind: 'rule', system: head.slice(SUITE.length), group };
  return head === PLANTED ? { kind: 'planted bug', system: group, group: '' } : null;
}

function brokenFile(connector, { message }) {
  const text = message.replaceAll(ANSI, '').trim();
  return {
    ...{ kind: 'rule', connector, system: '', group: '', case: 'the suite runs' },
    ...{ status: 'failed', ms: null, message: text },
  };
}

/** What the last line says. A planted bug that nothing caught is no failed case. */
export function countRows(rows) {
  const rules = rows.filter(({ kind }) => kind === 'rule');
  const planted = rows.filter(({ kind }) => kind === 'planted bug');
  const count = (some, status) => some.filter((row) => row.status === status).length;
  return {
    planted: planted.length,
    caught: count(planted, 'passed'),
    cases: rules.length - count(rules, 'not applicable'),
    failed: count(rules, 'failed'),
    skipped: count(rules, 'not applicable'),
  };
}

/** Targets that a run with faults should have tried over a line, but did not: a run can not pass by leaving out. */
export function withoutFaults(rows, local) {
  const targets = [
    ...new Set(rows.filter(({ kind, system }) => kind === 'rule' && system !== '').map(({ system }) => system)),
  ];
  return targets.filter(
    (target) =>
      !local.some((name) => target.startsWith(name)) &&
      !rows.some(({ system, group, status }) => system === target && group === 'faults' && status !== 'not applicable'),
  );
}
