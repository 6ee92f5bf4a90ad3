import { combineDigests } from '#canonical';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { classify, type Comparison } from './classify.js';
import { compareRanges } from './compare-ranges.js';
import { confirmCandidates } from './confirm.js';
import { chooseRangeCount, rangesBetween } from './range-plan.js';
import { FakeClock } from './round-builders.js';

const row = (overrides: Partial<Comparison> = {}): Comparison => ({
  externalId: '1',
  key: 'A',
  mirror: { name: 'Bolt', brand: 'X' },
  observed: { name: 'Bolt', brand: 'X' },
  hasIntent: false,
  moved: false,
  isForeign: false,
  ...overrides,
});

describe('range plan', () => {
  test('cuts about √(N·d) ranges within its bounds', () => {
    expect(chooseRangeCount(1_000_000, 1_400)).toBe(33_333);
    expect(chooseRangeCount(1_000_000, 600)).toBe(24_495);
    expect(chooseRangeCount(1_000_000, 0)).toBe(16_667);
    expect(chooseRangeCount(10_000, 100)).toBe(333);
    expect(chooseRangeCount(10, 5)).toBe(1);
    expect(chooseRangeCount(0, 0)).toBe(1);
  });

  test('covers every id exactly once, known or not', () => {
    const id = fc.string({ minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 200 }), id, fc.integer({ min: 1, max: 50 }), (ids, probe, step) => {
        const ranges = rangesBetween([...ids].sort().filter((_, index) => index % step === 0));
        const holding = ranges.filter(
          ({ from, to }) => (from === null || probe > from) && (to === null || probe <= to),
        );
        expect(holding).toHaveLength(1);
      }),
    );
  });
});

describe('compareRanges', () => {
  const digest = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value) => value.toString(16).padStart(16, '0'));

  test('finds exactly the ranges whose records differ', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.array(digest), fc.array(digest, { maxLength: 2 })), { minLength: 1 }),
        (parts) => {
          const ranges = rangesBetween(parts.slice(1).map((_, index) => String(index)));
          const ours = parts.map(([shared]) => combineDigests(shared));
          const theirs = parts.map(([shared, extra]) => combineDigests([...extra, ...shared].reverse()));
          const dirty = compareRanges(ranges, ours, theirs);
          expect(dirty).toEqual(ranges.filter((_, index) => (parts[index]?.[1].length ?? 0) > 0));
        },
      ),
    );
  });

  test('refuses a missing answer', () => {
    expect(() => compareRanges(rangesBetween([]), [combineDigests([])], [])).toThrow('A range digest is missing.');
  });
});

describe('classify', () => {
  test.each([
    ['equal', {}, 'equal', null],
    [
      'a field that the mirror never read',
      { mirror: {}, observed: { name: null } },
      'difference',
      { fields: ['name'] },
    ],
    ['a field that was not read', { observed: { name: 'Bolt' } }, 'equal', null],
    ['gone on both sides', { mirror: null, observed: null }, 'equal', null],
    [
      'edited',
      { observed: { name: 'Nut', brand: null } },
      'difference',
      { kind: 'changed', fields: ['brand', 'name'] },
    ],
    ['deleted', { observed: null }, 'difference', { kind: 'missing', fields: ['existence'] }],
    ['never seen', { mirror: null }, 'difference', { kind: 'changed', fields: ['existence'] }],
    [
      'in no golden record',
      { mirror: null, isForeign: true },
      'difference',
      { kind: 'foreign', fields: ['existence'] },
    ],
    ['moved', { observed: null, moved: true, hasIntent: true }, 'live', null],
    ['being written', { observed: null, hasIntent: true }, 'again', null],
  ] as const)('%s', (_, overrides, kind, difference) => {
    const result = classify(row(overrides));
    expect(result.kind).toBe(kind);
    if (result.kind === 'difference')
      expect(result.difference).toMatchObject({ externalId: '1', key: 'A', ...difference });
  });
});

describe('confirmCandidates', () => {
  test('looks again at what is being written, page by page, and leaves undecided what never comes to rest', async () => {
    const looks = new Map<string, number>();
    const pages: number[] = [];
    const reader = {
      read: async (ids: readonly string[]) => {
        pages.push(ids.length);
        return ids.map((externalId) => {
          const look = (looks.get(externalId) ?? 0) + 1;
          looks.set(externalId, look);
          const hasIntent = externalId === 'hot' || (externalId === 'warm' && look < 3);
          return row({ externalId, hasIntent, observed: externalId === 'lag' ? row().mirror : null });
        });
      },
    };
    const found = await confirmCandidates(['cold', 'lag', 'warm', 'hot'], reader, {
      clock: new FakeClock(),
      pageSize: 3,
    });
    expect(found.map(({ externalId, kind }) => [externalId, kind])).toEqual([
      ['cold', 'missing'],
      ['warm', 'missing'],
      ['hot', 'undecided'],
    ]);
    expect(pages).toEqual([3, 1, 2, 2, 1, 1]);
  });
});
