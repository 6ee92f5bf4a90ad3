import { describe, expect, test } from '@jest/globals';
import { asPlanned, EMPTY_DRAFT, toWish } from './replay-draft.js';

describe('a draft of a replay', () => {
  test('becomes a wish with only what was filled in', () => {
    expect(toWish({ ...EMPTY_DRAFT, source: 't', group: 'g' })).toEqual({
      source: 't',
      to: { kind: 'lane', group: 'g' },
    });
  });

  test('windows, keys and conditions are read line by line, times are UTC', () => {
    const text = { offsets: '0:100-200\n3\n\n1:5-', keys: 'A 1\nB', where: 'brand=a=b\nheader:ce_type~chan.*' };
    const times = { from: '2026-11-23T04:05', until: '2026-11-23T04:05:06' };
    const target = { kind: 'topic', topic: 'own', append: true, perSecond: '500', rampSeconds: '0' } as const;
    expect(toWish({ ...EMPTY_DRAFT, source: 't', ...text, ...times, ...target })).toEqual({
      ...{ source: 't', to: { kind: 'topic', topic: 'own', append: true }, perSecond: 500, rampSeconds: 0 },
      offsets: [{ partition: 0, from: '100', until: '200' }, { partition: 3 }, { partition: 1, from: '5' }],
      ...{ from: '2026-11-23T04:05:00Z', until: '2026-11-23T04:05:06Z', keys: ['A 1', 'B'] },
      where: [
        { on: 'field', name: 'brand', test: 'equals', value: 'a=b' },
        { on: 'header', name: 'ce_type', test: 'matches', value: 'chan.*' },
      ],
    });
  });

  test.each([{ offsets: 'all' }, { offsets: '0:1-2x' }, { where: 'brand' }])('%j is told', (part) => {
    expect(() => toWish({ ...EMPTY_DRAFT, ...part })).toThrow(/write/);
  });

  test('starts with the windows that were shown', () => {
    const windows = [{ partition: 0, from: '1', until: '9' }];
    const plan = { windows } as unknown as Parameters<typeof asPlanned>[1];
    expect(asPlanned(toWish({ ...EMPTY_DRAFT, offsets: '0' }), plan).offsets).toEqual(windows);
  });
});
