import { describe, expect, test } from '@jest/globals';
import { ENTITIES, type Entity } from '#contracts';
import type { BusinessKey, CanonicalFields } from '#kernel';
import fc from 'fast-check';
import {
  checkMapping,
  projectDesired,
  toCanonicalRecord,
  toKeyColumns,
  toSystemValues,
  type EntityMapping,
} from './index.js';

const { product, price, 'stock-level': stock } = ENTITIES;
const shop: EntityMapping = {
  source: 'article',
  key: ['sku'],
  fields: {
    ean: { from: 'ean', maxLength: 5 },
    name: { from: { de: 'name_de', en: 'name_en' }, maxLength: 8 },
    weight: { from: 'grams', factor: '0.001', scale: 0 },
    active: { from: 'state', values: { A: 'true', I: 'false' } },
    brand: { from: 'brand', readOnly: true },
  },
  options: {},
};
const mapping = (change: Partial<EntityMapping>): EntityMapping => ({ ...shop, ...change });

describe('reading', () => {
  test('translates factor, value map and locales', () => {
    const row = { sku: 'A-1', ean: '4006', name_de: 'Schraube', name_en: null, grams: '1250', state: 'A', brand: 'X' };
    expect(toCanonicalRecord(shop, product, row)).toEqual({
      ok: true,
      key: 'A-1',
      fields: { ean: '4006', name: { de: 'Schraube' }, weight: '1.25', active: true, brand: 'X' },
    });
  });

  test('a missing column is absent, a null is null, an empty decimal is null', () => {
    const result = toCanonicalRecord(shop, product, { sku: 'A', ean: null, grams: '' });
    expect(result).toEqual({ ok: true, key: 'A', fields: { ean: null, weight: null } });
  });

  test.each([
    [{ sku: '' }, 'key column "sku" is empty'],
    [{ sku: 'A', grams: 'heavy' }, 'weight: "heavy" is no decimal number'],
    [{ sku: 'A', state: 'Z' }, 'active: "Z" is not in the value map'],
  ])('names why %j cannot be mapped', (row, reason) => {
    expect(toCanonicalRecord(shop, product, row)).toEqual({ ok: false, reason });
  });

  test('follows dots into nested records', () => {
    const nested = mapping({ key: ['id.sku'], fields: { ean: { from: 'codes.ean' } } });
    const row = { id: { sku: 'A' }, codes: { ean: '1' } };
    expect(toCanonicalRecord(nested, product, row)).toMatchObject({ key: 'A', fields: { ean: '1' } });
  });

  test('a local time needs its zone; the first of two equal times counts', () => {
    const timed = (zone?: string): EntityMapping =>
      mapping({
        key: ['sku', '=list', 'cur', '=', '='],
        fields: { validTo: zone === undefined ? { from: 'until' } : { from: 'until', zone } },
      });
    const read = (until: string, zone?: string): unknown =>
      toCanonicalRecord(timed(zone), price, { sku: 'A', cur: 'EUR', until });
    expect(read('2026-10-25 02:30:00')).toMatchObject({ ok: false });
    expect(read('2026-10-25 02:30:00', 'Europe/Berlin')).toMatchObject({
      key: 'A|list|EUR||',
      fields: { validTo: '2026-10-25T00:30:00.000000Z' },
    });
    expect(read('2026-03-29 02:30:00.25', 'Europe/Berlin')).toMatchObject({
      fields: { validTo: '2026-03-29T01:30:00.250000Z' },
    });
    expect(read('2026-07-01', 'Europe/Berlin')).toMatchObject({ fields: { validTo: '2026-06-30T22:00:00.000000Z' } });
  });
});

describe('keys', () => {
  const atMain = mapping({ key: ['sku', '=main'], fields: { onHand: { from: 'qty' } } });

  test('only the first part may contain the separator', () => {
    const byColumn = mapping({ key: ['sku', 'place'], fields: {} });
    expect(toCanonicalRecord(byColumn, stock, { sku: 'M8@20', place: 'main' })).toMatchObject({ key: 'M8@20@main' });
    expect(toCanonicalRecord(byColumn, stock, { sku: 'A', place: 'a@b' })).toMatchObject({ ok: false });
    expect(toKeyColumns(byColumn, 'stock-level', 'M8@20@main' as BusinessKey)).toMatchObject({
      value: { sku: 'M8@20', place: 'main' },
    });
  });

  test('a key of another constant does not belong into the system', () => {
    expect(toKeyColumns(atMain, 'stock-level', 'A@main' as BusinessKey)).toEqual({ ok: true, value: { sku: 'A' } });
    expect(toKeyColumns(atMain, 'stock-level', 'A@north' as BusinessKey)).toMatchObject({ ok: false });
    expect(toKeyColumns(atMain, 'stock-level', 'A' as BusinessKey)).toMatchObject({ ok: false });
  });
});

describe('writing', () => {
  test('is the inverse of reading, rounds and cuts, and leaves read-only fields out', () => {
    const fields = {
      ean: '12345678',
      name: { de: 'Schraube M8', fr: 'vis' },
      weight: '1.2345',
      active: false,
      brand: 'X',
    };
    expect(toSystemValues(shop, fields)).toEqual({
      ok: true,
      values: { ean: '12345', name_de: 'Schraube', name_en: null, grams: '1235', state: 'I' },
    });
  });

  test('names why a value cannot be written', () => {
    const thirds = mapping({ fields: { weight: { from: 'w', factor: '3' } } });
    expect(toSystemValues(thirds, { weight: '1' })).toMatchObject({ ok: false });
    const open = mapping({ fields: { active: { from: 's', values: { A: 'true' } } } });
    expect(toSystemValues(open, { active: false })).toMatchObject({ ok: false });
    expect(projectDesired(open, product.fields, { active: false })).toEqual({ active: false });
  });

  test('desired values read back as they are: no ping-pong', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    const desired = fc.record(
      {
        ean: fc.option(text),
        name: fc.option(fc.dictionary(fc.constantFrom('de', 'en', 'fr'), text, { minKeys: 1 })),
        weight: fc.option(fc.integer({ min: -99999, max: 99999 }).map((n) => (n === 0 ? '0' : `${n / 10000}`))),
        active: fc.option(fc.boolean()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(desired, (input) => {
        const fields = normalised(input);
        const projected = projectDesired(shop, product.fields, fields);
        const written = toSystemValues(shop, projected);
        const read = written.ok && toCanonicalRecord(shop, product, { sku: 'A', ...written.values });
        expect(read).toMatchObject({ ok: true, fields: projected });
        expect(projectDesired(shop, product.fields, projected)).toEqual(projected);
      }),
    );
  });
});

/** NFC, and no exponents. */
function normalised(fields: CanonicalFields): CanonicalFields {
  return JSON.parse(JSON.stringify(fields).normalize('NFC')) as CanonicalFields;
}

describe('checking', () => {
  const problemsOf = (change: Partial<EntityMapping>, entity: Entity = 'product'): readonly string[] =>
    checkMapping(mapping(change), ENTITIES[entity]);

  test('finds nothing wrong with a good mapping', () => expect(problemsOf({})).toEqual([]));

  test('names every problem at once', () => {
    const fields = {
      nmae: { from: 'y' },
      ean: { from: { de: 'x' }, factor: '2' },
      weight: { from: 'w', factor: '3' },
      brand: { from: 'w', values: { a: 'x', b: 'x' } },
    };
    const problems = problemsOf({ key: ['sku', 'x'], source: ' ', fields });
    expect(problems.map((problem) => problem.split(':')[0])).toEqual([
      'key',
      'source',
      'fields.nmae',
      'fields.ean.from',
      'fields.ean.factor',
      'fields.weight.factor',
      'fields.brand.values',
      'fields.brand.from',
    ]);
  });

  test('a price needs its five key parts and a column among them', () => {
    expect(problemsOf({ key: ['sku'], fields: {} }, 'price')).toHaveLength(1);
    expect(problemsOf({ key: ['=a', '=b', '=c', '=', '='], fields: {} }, 'price')).toHaveLength(1);
  });
});
