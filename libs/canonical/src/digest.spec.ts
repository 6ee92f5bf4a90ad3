import { describe, expect, test } from '@jest/globals';
import type { FieldType } from '#kernel';
import fc from 'fast-check';
import {
  canonicalText,
  combineDigests,
  differingFields,
  equalValues,
  recordDigest,
  toCombinedDigest,
  toCombinedDigests,
  toKeyDigests,
} from './index.js';

const types: Record<string, FieldType> = { a: 'text', b: 'text', t: 'texts', n: 'decimal' };

describe('record digest', () => {
  test('absent, null and empty text differ', () => {
    const digests = [{}, { a: null }, { a: '' }, { a: '~' }, { a: '~0' }].map((fields) => recordDigest(types, fields));
    expect(new Set(digests).size).toBe(5);
    expect(digests.every((digest) => /^[0-9a-f]{16}$/.test(digest))).toBe(true);
  });

  test('no text of one field looks like two fields', () => {
    const record = fc.record({ a: fc.option(awkward), b: fc.option(awkward) }, { requiredKeys: [] });
    fc.assert(
      fc.property(record, record, (left, right) => {
        const same = differingFields(left, right).length === 0;
        expect(recordDigest(types, left) === recordDigest(types, right)).toBe(same);
      }),
      { numRuns: 500 },
    );
  });

  test('does not depend on the order of properties', () => {
    expect(recordDigest(types, { b: 'y', a: 'x' })).toBe(recordDigest(types, { a: 'x', b: 'y' }));
    expect(canonicalText('texts', { en: 'b', de: 'a;~' })).toBe(canonicalText('texts', { de: 'a;~', en: 'b' }));
  });
});

const awkward = fc.string({ unit: fc.constantFrom('a', '~', ';', '=', '0', '1', ':', 'b'), maxLength: 4 });

describe('combined digests', () => {
  const one = recordDigest(types, { a: '1' });
  const two = recordDigest(types, { a: '2' });

  test('see what an XOR alone does not: the same record twice', () => {
    expect(combineDigests([one, one]).xor).toBe('0'.repeat(16));
    expect(combineDigests([one, one])).not.toEqual(combineDigests([two, two]));
    expect(combineDigests([])).toEqual({ count: 0, xor: '0'.repeat(16), sum: '0'.repeat(16) });
  });

  test('are the same in any order, and wrap at 64 bits as the database does', () => {
    expect(combineDigests([one, two])).toEqual(combineDigests([two, one]));
    const wrapped = combineDigests(['ffffffffffffffff', '0000000000000003']);
    expect(wrapped).toEqual({ count: 2, xor: 'fffffffffffffffc', sum: '0000000000000002' });
    expect(toCombinedDigest({ count: '2', xor: '-4', sum: '2' })).toEqual(wrapped);
    expect(toCombinedDigests('2 -4 2 0 0 0')).toEqual([wrapped, combineDigests([])]);
    expect(toCombinedDigests(null)).toEqual([]);
  });

  test('of single records come with ids of any text, and some are not known', () => {
    const packed = JSON.stringify(['00ff K 1', ' "K"\n', '01 __proto__', '02 ']);
    expect(toKeyDigests(packed, null)).toEqual([
      { externalId: 'K 1', digest: '00ff' },
      { externalId: '"K"\n', digest: null },
      { externalId: '__proto__', digest: '01' },
      { externalId: '', digest: '02' },
    ]);
    expect(toKeyDigests(null, '')).toEqual([]);
  });
});

test('equal values: absent is not null, texts are compared by content', () => {
  expect(equalValues({ de: 'a' }, { de: 'a' })).toBe(true);
  expect(equalValues({ de: 'a' }, { de: 'a', en: 'b' })).toBe(false);
  expect(equalValues({ de: 'a' }, null)).toBe(false);
  expect(equalValues(undefined, null)).toBe(false);
  expect(differingFields({ a: 'x', b: null }, { a: 'y' })).toEqual(['a', 'b']);
});
