import { expect, test } from '@jest/globals';
import type { SystemId } from '#kernel';
import { attributeDrift, type DriftSeen } from './attribute-drift.js';
import type { DriftGroup, DriftTotals, StorePopulation } from './drift-reads.js';
import { describeOverRepresented } from './report-text.js';

const [ERP, SHOP] = ['erp', 'shop'] as unknown as readonly [SystemId, SystemId];
const aGroup = (count: number, change: Partial<DriftGroup> = {}): DriftGroup => ({
  ...{ system: SHOP, entity: 'product', kind: 'changed', fields: ['price'], facts: null, count },
  ...change,
});
const totals = (system: SystemId, change: Partial<DriftTotals> = {}): DriftTotals => ({
  ...{ system, entity: 'product', scanned: 10_000, changed: 0, missing: 0, foreign: 0, undecided: 0 },
  ...change,
});
const population = (brand: Record<string, number>, records = 10_000): StorePopulation => ({
  ...{ system: SHOP, entity: 'product' },
  population: { records, isSample: records < 10_000, counts: { brand } },
});
const attribute = (change: Partial<DriftSeen>): ReturnType<typeof attributeDrift> =>
  attributeDrift({ groups: [], populations: [], totals: { newest: [], earlier: [] }, fieldsOf: () => 1, ...change });
const ofBrand = (name: string) => ({ facts: { brand: name } });

test('98 % of the changed records have brand X, 3 % of all have', () => {
  const groups = [aGroup(98, ofBrand('X')), aGroup(2, ofBrand('Y'))];
  const [found, ...others] = attribute({ groups, populations: [population({ X: 300, Y: 9_700 })] });
  expect(others).toEqual([]);
  expect(found).toMatchObject({ system: SHOP, entity: 'product', facet: 'brand', value: 'X', drift: 98, driftOf: 100 });
  expect(found).toMatchObject({ driftShare: 0.98, baseShare: 0.03, base: 'records' });
  expect(found && describeOverRepresented(found)).toMatch(
    /^98% of the drift of shop product has brand X, 3% of all: at least \d\d(\.\d)? times as often$/,
  );
});

test('records of which nothing is known, and undecided ones, are left out of the shares', () => {
  const known = [aGroup(20, ofBrand('X')), aGroup(400), aGroup(400, { ...ofBrand('Y'), kind: 'undecided' })];
  const found = attribute({ groups: known, populations: [population({ X: 300, Y: 9_000 })] });
  expect(found).toMatchObject([{ facet: 'brand', value: 'X', drift: 20, driftOf: 20 }]);
});

test('a value is compared with the newest scan that counted it, and not told where none did', () => {
  const populations = [population({ Y: 9_000 }, 9_999), population({ X: 300, Y: 1 })];
  const groups = [aGroup(90, ofBrand('X')), aGroup(90, ofBrand('Z'))];
  const found = attribute({ groups, populations });
  expect(found).toMatchObject([{ value: 'X', baseShare: 0.03, base: 'records' }]);
});

test('a sample bounds the lift more loosely than all records do', () => {
  const groups = [aGroup(50, ofBrand('X')), aGroup(50, ofBrand('Y'))];
  const [exact] = attribute({ groups, populations: [population({ X: 300, Y: 9_000 })] });
  const [sampled] = attribute({ groups, populations: [population({ X: 30, Y: 900 }, 1_000)] });
  expect(sampled?.base).toBe('sample');
  expect(sampled?.lift).toBeCloseTo(exact?.lift ?? 0, 6);
  expect(sampled?.liftAtLeast).toBeLessThan(exact?.liftAtLeast ?? 0);
});

test('one field of many behind the drift is told, all fields alike are not', () => {
  const one = attribute({ groups: [aGroup(95), aGroup(5, { fields: ['name', 'brand'] })], fieldsOf: () => 6 });
  expect(one).toMatchObject([{ facet: 'field', value: 'price', base: 'fields', driftShare: 0.95 }]);
  const alike = ['a', 'b', 'c', 'd', 'e', 'f'].map((field) => aGroup(20, { fields: [field] }));
  expect(attribute({ groups: alike, fieldsOf: () => 6 })).toEqual([]);
});

test('a class that was rare before, and a system with more than its share of records', () => {
  const groups = [aGroup(60, { kind: 'missing' }), aGroup(5), aGroup(3, { system: ERP })];
  const newest = [totals(SHOP), totals(ERP, { scanned: 90_000 })];
  const earlier = [totals(SHOP, { changed: 950, missing: 50 })];
  const found = attribute({ groups, totals: { newest, earlier } });
  expect(found.map(({ system, facet, value, base }) => [system, facet, value, base])).toEqual([
    [null, 'system', 'shop', 'records'],
    [null, 'class', 'missing', 'earlier'],
  ]);
});
