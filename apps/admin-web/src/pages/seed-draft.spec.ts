import { describe, expect, test } from '@jest/globals';
import { EMPTY_SEED, toSeedWish } from './seed-draft.js';

describe('a draft of a seed', () => {
  test('becomes a wish with only what was filled in', () => {
    expect(toSeedWish({ ...EMPTY_SEED, entity: 'product', store: 'shop' })).toEqual({
      ...{ entity: 'product', to: { kind: 'store', store: 'shop' } },
    });
  });

  test('conditions are read line by line, fields by comma, the time is UTC', () => {
    const text = { where: 'brand=a=b\nkey~^A', fields: ' brand, weight ,', asOf: '2026-11-23T04:05' };
    const topic = { kind: 'topic', topic: 'own' } as const;
    expect(toSeedWish({ ...EMPTY_SEED, entity: 'price', ...topic, ...text, table: 'unused' })).toEqual({
      ...{ entity: 'price', to: { kind: 'topic', topic: 'own' }, fields: ['brand', 'weight'] },
      asOf: '2026-11-23T04:05:00Z',
      where: [
        { on: 'field', name: 'brand', test: 'equals', value: 'a=b' },
        { on: 'field', name: 'key', test: 'matches', value: '^A' },
      ],
    });
  });

  test('the sources are asked only where somebody wants that', () => {
    expect(toSeedWish({ ...EMPTY_SEED, entity: 'product', store: 'shop', from: 'sources' })).toEqual({
      ...{ entity: 'product', to: { kind: 'store', store: 'shop' }, from: 'sources' },
    });
  });

  test('a condition that is none is told', () => {
    expect(() => toSeedWish({ ...EMPTY_SEED, where: 'brand' })).toThrow(/write/);
  });
});
