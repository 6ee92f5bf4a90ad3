import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { judge, type RepairHistory } from './judge.js';
import { aSummary, differencesOf } from './round-builders.js';
import type { ScanSummary } from './round-jobs.js';

const LIMITS = { maxChangedShare: 0.02, minChanged: 50, maxDeleteShare: 0.005, minDeletes: 5, maxShrinkShare: 0.02 };
const NONE: RepairHistory = { changed: 0, missing: 0, rejected: null };

const of = (changed: number, missing: number, known = 10_000): ScanSummary =>
  aSummary([...differencesOf('changed', changed), ...differencesOf('missing', missing)], { known });
const ruleOf = (summary: ScanSummary, history = NONE): string => {
  const verdict = judge(summary, LIMITS, history);
  return verdict.verdict === 'hold' ? verdict.rule : verdict.verdict;
};

describe('judge', () => {
  test('lets through 60 edits, 20 deletes and 20 foreign rows of 10,000 records', () => {
    const differences = ['changed', 'missing', 'foreign'] as const;
    const counts = { changed: 60, missing: 20, foreign: 20 };
    expect(ruleOf(aSummary(differences.flatMap((kind) => differencesOf(kind, counts[kind]))))).toBe('commit');
  });

  test.each([
    [200, 0, 10_000, 'commit'],
    [201, 0, 10_000, 'changed-share'],
    [50, 0, 100, 'commit'],
    [51, 0, 100, 'changed-half'],
    [51, 0, 200, 'changed-share'],
    [1, 0, 1, 'changed-half'],
    [0, 50, 10_000, 'commit'],
    [0, 51, 10_000, 'delete-share'],
    [0, 5, 100, 'commit'],
    [0, 6, 100, 'scan-shrank'],
    [0, 1, 1, 'commit'],
    [0, 1, 4, 'commit'],
    [0, 2, 9, 'delete-fifth'],
    [0, 2, 10, 'commit'],
    [0, 10_000, 10_000, 'scan-shrank'],
  ])('%i changed and %i missing of %i: %s', (changed, missing, known, expected) => {
    expect(ruleOf(of(changed, missing, known))).toBe(expected);
  });

  test('holds a complete scan that shrank by 2 %, whatever a direct read says of the records', () => {
    expect(ruleOf(aSummary([], { known: 10_000, scanned: 9_801 }))).toBe('commit');
    expect(ruleOf(aSummary([], { known: 10_000, scanned: 9_800 }))).toBe('scan-shrank');
    expect(ruleOf(aSummary([], { known: 10_000, scanned: 0 }))).toBe('scan-shrank');
  });

  test('holds when one field is behind nine tenths of 50 differences or more', () => {
    expect(ruleOf(aSummary(differencesOf('changed', 60, ['weight'])))).toBe('one-field');
    expect(ruleOf(aSummary(differencesOf('changed', 49, ['weight'])))).toBe('commit');
    expect(ruleOf(aSummary(differencesOf('changed', 60, ['weight', 'name'])))).toBe('commit');
  });

  test('counts the earlier rounds of the day', () => {
    expect(ruleOf(of(10, 0), { ...NONE, changed: 190 })).toBe('commit');
    expect(ruleOf(of(10, 0), { ...NONE, changed: 191 })).toBe('changed-share');
    expect(ruleOf(of(0, 1), { ...NONE, missing: 50 })).toBe('delete-share');
    expect(ruleOf(of(0, 0), { ...NONE, changed: 5_000, missing: 5_000 })).toBe('commit');
  });

  test('fails a scan that ended early or met an error', () => {
    expect(judge(aSummary([], { complete: false }), LIMITS, NONE)).toMatchObject({ verdict: 'fail' });
    expect(judge(aSummary([], { problem: 'page 7: 500' }), LIMITS, NONE)).toEqual({
      verdict: 'fail',
      reason: 'page 7: 500',
    });
  });

  test('does not ask twice about the same differences', () => {
    const summary = of(300, 0);
    const rejected = { digest: summary.digest, round: 'r0' };
    expect(ruleOf(summary, { ...NONE, rejected })).toBe('reject');
    expect(ruleOf(summary, { ...NONE, rejected: { ...rejected, digest: 'other' } })).toBe('changed-share');
  });

  test('names count, limit and reason of a hold', () => {
    expect(judge(of(1_000, 0), LIMITS, NONE)).toEqual({
      verdict: 'hold',
      rule: 'changed-share',
      count: 1_000,
      limit: 200,
      reason: '1000 of 10000 records changed (24 h): over the larger of 2 % and 50.',
    });
  });

  test('never commits more deletes than a fifth, or changes than half, of a day', () => {
    const count = fc.nat({ max: 300 });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), count, count, count, (known, changed, missing, before) => {
        const summary = of(Math.min(changed, known), Math.min(missing, known), known);
        if (judge(summary, LIMITS, { ...NONE, changed: before, missing: before }).verdict !== 'commit') return;
        if (summary.missing > 0 && summary.missing + before > 1)
          expect(summary.missing + before).toBeLessThanOrEqual(known / 5);
        if (summary.changed > 0) expect(summary.changed + before).toBeLessThanOrEqual(known / 2);
      }),
    );
  });
});
