import { expect, test } from '@jest/globals';
import { relatedKeys } from './related-keys.js';

const A_1 = [
  { entity: 'product', prefix: 'A-1', isWhole: true },
  { entity: 'price', prefix: 'A-1|', isWhole: false },
  { entity: 'stock-level', prefix: 'A-1@', isWhole: false },
];

test('an article, its prices and its stock belong together, from whichever one looks', () => {
  expect(relatedKeys('product', 'A-1')).toEqual(A_1);
  expect(relatedKeys('price', 'A-1|standard|EUR||')).toEqual(A_1);
  expect(relatedKeys('stock-level', 'A-1@main')).toEqual(A_1);
  expect(relatedKeys('stock-level', 'a@b@main')[0]).toMatchObject({ prefix: 'a@b' });
});

test('a customer, or a key that names no article, belongs to none', () => {
  expect(relatedKeys('customer', '4711')).toEqual([]);
  expect(relatedKeys('price', '|standard|EUR||')).toEqual([]);
  expect(relatedKeys('stock-level', 'main')).toEqual([]);
});
