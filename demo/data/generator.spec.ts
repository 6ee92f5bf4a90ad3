import { describe, expect, test } from '@jest/globals';
import { AWKWARD_EVERY, AWKWARD_SKUS, AWKWARD_TEXTS } from './awkward.js';
import { generateCustomers } from './customers.js';
import { generateProducts } from './products.js';
import { SeededRandom } from './random.js';

const products = generateProducts(1_000);

describe('the data of the demo', () => {
  test('are the same in every run, and others under another seed', () => {
    expect(generateProducts(1_000)).toEqual(products);
    expect(generateCustomers(200)).toEqual(generateCustomers(200));
    expect(generateProducts(1_000, 1)).not.toEqual(products);
  });

  test('do not depend on how many there are', () => {
    expect(generateProducts(10)).toEqual(products.slice(0, 10));
  });

  test('have one article number and one customer number each', () => {
    expect(new Set(products.map(({ sku }) => sku)).size).toBe(products.length);
    const customers = generateCustomers(500);
    expect(new Set(customers.map(({ number }) => number)).size).toBe(customers.length);
  });

  test('contain every awkward text and article number', () => {
    const names = new Set(products.flatMap(({ name }) => [name.de, name.en]));
    for (const text of AWKWARD_TEXTS) expect(names).toContain(text);
    for (const start of AWKWARD_SKUS) expect(products.some(({ sku }) => sku.startsWith(start))).toBe(true);
    expect(
      generateCustomers(AWKWARD_EVERY * AWKWARD_TEXTS.length).filter(({ name }) => /[„"🔩]/u.test(name)),
    ).not.toEqual([]);
  });

  test('contain umlauts, quotes, emoji, separators, another script, leading zeros and a very long text', () => {
    const all = products.map(({ sku, name }) => `${sku} ${name.de}`).join('\n');
    for (const sign of ['ä', 'ß', '"', "'", ';', '🔩', '螺']) expect(all).toContain(sign);
    expect(products.some(({ sku }) => sku.startsWith('000'))).toBe(true);
    expect(products.some(({ name }) => name.de.length > 400)).toBe(true);
    expect(generateCustomers(500).some(({ postcode }) => postcode.startsWith('0'))).toBe(true);
  });
});

describe('SeededRandom', () => {
  test('stays within its bounds and reaches them', () => {
    const random = new SeededRandom(7);
    const drawn = Array.from({ length: 500 }, () => random.whole(3, 6));
    expect([...new Set(drawn)].sort()).toEqual([3, 4, 5, 6]);
  });
});
