import { describe, expect, test } from '@jest/globals';
import type { ContributionEvent } from '#contracts';
import type { CanonicalFields, Instant } from '#kernel';
import { applyContribution, rejectContribution, type Contribution } from './contribution.js';
import { aContribution } from './golden-builders.js';
import { MERGE_PROPERTIES } from './merge-properties.js';
import { merge } from './merge.js';

describe('merge', () => {
  test.each(MERGE_PROPERTIES)('$name', ({ check }) => {
    check({ apply: applyContribution, merge });
  });
});

describe('a rejected contribution', () => {
  const base = aContribution({ fields: { price: '10', name: 'A' } });
  const zero = aContribution({ sequence: 2n, fields: { price: '0', name: 'A' }, at: 1 });
  const accepted = applyContribution(null, base) as Contribution;
  const rejected = rejectContribution(accepted, zero) as Contribution;
  const then = (event: ContributionEvent): CanonicalFields | undefined =>
    (applyContribution(rejected, event) as Contribution).accepted?.fields;

  test('counts as seen and leaves what was accepted', () => {
    expect(rejected.sequence).toBe(2n);
    expect(rejected.accepted).toEqual(accepted.accepted);
    expect(applyContribution(rejected, zero)).toBe('duplicate');
  });

  test('does not come back with a later change of another field', () => {
    const renamed = { ...zero, sequence: 3n, fields: { price: '0', name: 'B' } };
    expect(then(renamed)).toEqual({ price: '10', name: 'B' });
  });

  test('is over once its system authors the field again, be it with the same value', () => {
    const marks = { ...zero.marks, price: { at: '2026-02-01T00:00:00.000000Z' as Instant, unread: false } };
    expect(then({ ...zero, sequence: 3n, marks })).toEqual({ price: '0', name: 'A' });
    expect(then({ ...zero, sequence: 3n, fields: { price: '11', name: 'A' } })).toEqual({ price: '11', name: 'A' });
  });
});
