import { describe, expect, test } from '@jest/globals';
import { MASK } from '#auth';
import { instantOfMs } from '#kernel';
import type { LetterDetail } from '#contracts';
import { maskChanges, maskLetter } from './mask-letters.js';

const place = { topic: 'p.erp.customer.changed.v1', topicPrefix: 'p.' };
const reader = { ...place, access: { has: () => false } };
const trusted = { ...place, access: { has: () => true } };
const detail: LetterDetail = {
  letter: {} as LetterDetail['letter'],
  headers: {},
  at: instantOfMs(0),
  bytes: 9,
  type: 'io.plumbline.customer.v1.CustomerChanged',
  value: { key: 'C-1', email: 'ann@example.org' },
  problem: null,
};
const changes = [
  { path: 'email', from: 'ann@example.org', to: 'bob@example.org' },
  { path: 'status', from: 'live', to: 'deleted' },
];

describe('a dead letter', () => {
  test('shows personal values to those only who may read them', () => {
    expect(maskLetter(detail, reader).value).toEqual({ key: 'C-1', email: MASK });
    expect(maskLetter(detail, trusted).value).toEqual(detail.value);
  });

  test('tells of an edit which personal field changes, not from what to what', () => {
    expect(maskChanges(changes, reader)).toEqual([{ path: 'email', from: MASK, to: MASK }, changes[1]]);
    expect(maskChanges(changes, trusted)).toEqual(changes);
  });
});
