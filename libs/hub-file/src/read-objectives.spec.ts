import { describe, expect, test } from '@jest/globals';
import type { SystemId } from '#kernel';
import { categoriesOf, describeProblem, objectiveOf } from './index.js';
import { parsingWith } from './parsing-with.js';

const HUB = `hub: { name: demo }
systems:
  erp: { connector: sql, entities: { product: { source: products, key: [sku], fields: { ean: ean } } } }
  shop: { connector: sql, entities: { product: { source: products, key: [sku], fields: { ean: ean } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`;
const RULES = `objectives:
  - { confirmedEqual: 99.9%, converge: { p99: 5m }, openDrift: { oldest: 1h } }
  - { system: shop, within: 7d, converge: { p99.9: 90s } }
  - { entity: price, confirmedEqual: 100 % }
`;
const [ERP, SHOP] = ['erp', 'shop'] as unknown as readonly [SystemId, SystemId];
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];

const { parse, problems: find } = parsingWith({});
const problems = (text: string): readonly string[] => find(text).map(describeProblem);

describe('objectives', () => {
  const file = parse(`${HUB}${RULES}`);

  test('a store is held to every part that a rule for it sets, the last one first', () => {
    const everywhere = { confirmedEqual: 0.999, withinMs: DAY_MS, openDriftMs: HOUR_MS };
    expect(objectiveOf(file, ERP, 'product')).toEqual({ ...everywhere, converge: { share: 0.99, ms: 300_000 } });
    expect(objectiveOf(file, SHOP, 'product')).toEqual({
      ...everywhere,
      withinMs: 7 * DAY_MS,
      converge: { share: 0.999, ms: 90_000 },
    });
    expect(objectiveOf(file, ERP, 'price')).toMatchObject({ confirmedEqual: 1, openDriftMs: HOUR_MS });
  });

  test('a file without objectives holds nobody to any', () => {
    expect(parse(HUB).objectives).toBeUndefined();
    expect(objectiveOf(parse(HUB), ERP, 'product')).toBeNull();
  });

  test.each([
    ['99.9%', '99.9', '"99.9" is no percentage.'],
    ['99.9%', '101%', '"101%" is no percentage.'],
    ['99.9%', '0%', 'above 0%'],
    ['p99: 5m', 'p100: 5m', 'This is no percentile with a duration. Write for example { p99: 5m }.'],
    ['p99: 5m', 'p99: soon', 'This is no duration.'],
    ['p99: 5m', 'p50: 1m, p99: 5m', 'This is no percentile'],
    ['oldest: 1h', 'oldst: 1h', 'Did you mean "oldest"?'],
    ['within: 7d', 'within: 90d', 'This is too long.'],
    ['system: shop', 'system: shp', 'Did you mean "shop"?'],
    ['entity: price', 'entity: prise', 'Unknown entity "prise".'],
    [', confirmedEqual: 100 %', '', 'No objective is named.'],
  ])('%s as %s is a problem at its place', (from, to, message) => {
    const found = problems(`${HUB}${RULES.replace(from, to)}`);
    expect(found[0]).toContain('objectives[');
    expect(found.join('\n')).toContain(message);
  });
});

describe('categories', () => {
  test('fields by entity; an entity that is not named keeps its own', () => {
    const file = parse(`${HUB}reconcile: { categories: { product: [brand, active], customer: [] } }`);
    expect(categoriesOf(file, 'product')).toEqual(['brand', 'active']);
    expect(categoriesOf(file, 'customer')).toEqual([]);
    expect(categoriesOf(file, 'price')).toEqual(['currency']);
    expect(categoriesOf(parse(HUB), 'product')).toEqual(['category', 'brand']);
  });

  test.each([
    ['{ product: [brnd] }', 'product has no field "brnd". Did you mean "brand"?'],
    ['{ product: [weight] }', '"weight" is no category.'],
    ['{ produkt: [brand] }', 'Unknown entity "produkt".'],
    [`{ product: [${Array(9).fill('brand').join()}] }`, '9 fields are too many.'],
  ])('%s is a problem', (categories, message) => {
    expect(problems(`${HUB}reconcile: { categories: ${categories} }`).join('\n')).toContain(message);
  });
});
