import { checkMapping, toCanonicalRecord } from '#connector-sdk';
import { ENTITIES, type Entity } from '#contracts';
import type { Instant } from '#kernel';
import { expect, test } from '@jest/globals';
import { DEFAULT_MAPPINGS } from './mapping.js';
import { PRODUCT_FIELDS, productRowSchema, toProductRecord } from './product-row.js';
import { readRows } from './rows.js';
import { timeSchema, toWireTime } from './wire.js';

const TIME = { __class__: 'datetime', year: 2026, month: 1, day: 2, hour: 3, minute: 4, second: 5, microsecond: 60 };
const ROW = {
  id: 34,
  code: 'M8-20',
  active: true,
  _timestamp: '1795624167.289560',
  last_modified_at: TIME,
  'identifiers.': [
    { id: 1, type: 'mpn', code: 'X', _timestamp: '1795624168.000001' },
    { id: 2, type: 'ean', code: '4006381333931', _timestamp: '1795624167.289560' },
    { id: 3, type: 'ean', code: '4006381333948', _timestamp: '1795624167.289560' },
  ],
  'template.': {
    id: 12,
    _timestamp: '1795624167.432477',
    last_modified_at: { ...TIME, second: 6 },
    name: 'from the cache',
    active: false,
    products: [34, 35],
    list_price: { __class__: 'Decimal', decimal: '9.90' },
    weight: 250,
    'weight_uom.': { factor: 0.001 },
    'default_uom.': { symbol: 'u' },
  },
};

test.each(Object.keys(DEFAULT_MAPPINGS) as Entity[])('the default mapping of %s can be used', (entity) => {
  expect(checkMapping(DEFAULT_MAPPINGS[entity], ENTITIES[entity])).toEqual([]);
});

test('a product is its variant, its template and the first identifier of each type', () => {
  const names = new Map([[12, { en: 'Screw', de: 'Schraube' }]]);
  const record = toProductRecord(productRowSchema.parse(ROW), 'en', names);
  expect(record).toMatchObject({
    externalId: '0000000034',
    version: '1795624167.289560/1795624167.432477/3:1795624168.000001',
    changedAt: '2026-01-02T03:04:06.000060Z',
    raw: { ean: '4006381333931', mpn: 'X', brand: null, 'name.de': 'Schraube', weight: '0.25', active: false },
    timestamps: { 'product.template,12': '1795624167.432477', 'product.identifier,3': '1795624167.289560' },
  });
  expect(toCanonicalRecord(DEFAULT_MAPPINGS.product, ENTITIES.product, record.raw)).toEqual({
    ok: true,
    key: 'M8-20',
    fields: { ean: '4006381333931', name: { en: 'Screw' }, brand: null, unit: 'C62', weight: '0.25', active: false },
  });
});

test('a row that does not fit its schema is named with the reason, and the others go on', async () => {
  const answer = [{ ...ROW, id: 33, active: 'perhaps' }, ROW];
  const tools = { language: 'en', client: { call: async () => Promise.resolve(answer) } };
  const selection = { model: 'product.product', ids: [33, 34], fields: PRODUCT_FIELDS };
  const read = await readRows(tools, selection, productRowSchema);
  expect(read.rows.map(({ id }) => id)).toEqual([34]);
  expect(read.unreadable).toEqual([{ externalId: '0000000033', reason: expect.stringMatching(/active/) }]);
});

test('times go to Tryton and back without losing a microsecond', () => {
  const instant = '2026-11-25T16:29:27.289560Z' as Instant;
  expect(timeSchema.parse(toWireTime(instant))).toBe(instant);
});
