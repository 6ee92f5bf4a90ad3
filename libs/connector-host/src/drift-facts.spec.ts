import { describe, expect, test } from '@jest/globals';
import { toFacts, toPopulation } from './drift-facts.js';

const WRITTEN = { status: 'live', writtenBy: 'sql 0.1.0', writtenHour: '2026-11-26T14' };

describe('facts', () => {
  test('say when and by what a record was written, and what its categories are', () => {
    expect(toFacts({ ...WRITTEN, values: ['drills', null] }, ['category', 'brand'])).toEqual({
      ...{ status: 'live', writtenBy: 'sql 0.1.0', writtenHour: '2026-11-26T14', writtenTime: '14:00 UTC' },
      ...{ category: 'drills', brand: '(empty)' },
    });
  });

  test('say so where the hub never wrote', () => {
    const facts = toFacts({ status: 'live', values: [], writtenBy: null, writtenHour: null }, []);
    expect(facts).toEqual({ status: 'live', writtenBy: '(never)', writtenHour: '(never)', writtenTime: '(never)' });
  });
});

describe('the population', () => {
  const brands = (...names: string[]): { brand: string }[] => names.map((brand) => ({ brand }));

  test('counts only values that drifting records have, and none of what no record has', () => {
    const all = { facts: brands('X', 'Y', 'Y', 'Z'), isSample: true };
    expect(toPopulation(brands('Y', 'Y', 'gone'), all)).toEqual({
      ...{ records: 4, isSample: true, counts: { brand: { Y: 2, gone: 0 } } },
    });
  });

  test('of very many values those that drift most are counted', () => {
    const many = Array.from({ length: 500 }, (_, index) => `b${index}`);
    const { counts } = toPopulation(brands(...many, 'b499', 'b498'), { facts: brands(...many), isSample: false });
    expect(Object.keys(counts['brand'] ?? {})).toHaveLength(200);
    expect(counts['brand']).toMatchObject({ b499: 1, b498: 1 });
  });
});
