import type { EntityMapping, RecordWrite } from '#connector-sdk';
import { HubError, type BusinessKey, type ExternalId } from '#kernel';
import { expect, test } from '@jest/globals';
import type { Row } from './api.js';
import { planEntities, type EntityPlan } from './entity-plan.js';
import { differingColumns, toBody, toColumns, toRecord } from './mapping.js';

const MAPPING: EntityMapping = {
  source: 'accounts',
  key: ['custom_fields.customer_number'],
  fields: { name: { from: 'name' }, city: { from: 'city' }, vatId: { from: 'custom_fields.vat_id' } },
  options: {},
};
const ID = '0b5a3c52-2f0c-4f0e-9a53-0f3f0a4f1a11';

function aPlan(change: Partial<EntityMapping> = {}): EntityPlan {
  const plan = planEntities({ customer: { ...MAPPING, ...change } }).get('customer');
  if (!plan) throw new Error('no plan');
  return plan;
}

function anAccount(change: Readonly<Record<string, unknown>> = {}): Row {
  return {
    id: ID,
    name: 'Elbe Werkzeuge GmbH',
    ...{ email: null, phone: null, website: null, industry: null, currency: null, address_line: null },
    ...{ city: 'Dresden', state: null, postcode: null, country: 'DE', description: null },
    is_active: true,
    custom_fields: { customer_number: '10007', vat_id: 'DE123456789' },
    rollups: null,
    ...change,
  };
}

function aWrite(operation: RecordWrite['operation'], fields: RecordWrite['fields']): RecordWrite {
  return { operation, externalId: ID as ExternalId, key: '10007' as BusinessKey, expectedVersion: null, fields };
}

test('an account is a customer with the number of its custom field', () => {
  expect(toRecord(aPlan(), anAccount())).toMatchObject({
    externalId: ID,
    key: '10007',
    status: 'live',
    changedAt: null,
    fields: { name: 'Elbe Werkzeuge GmbH', city: 'Dresden', vatId: 'DE123456789' },
  });
});

test('a custom field that is not set is null, not absent', () => {
  const record = toRecord(aPlan(), anAccount({ custom_fields: { customer_number: '10007' } }));
  expect(record).toMatchObject({ fields: { vatId: null } });
});

test('a closed account is a live customer', () => {
  expect(toRecord(aPlan(), anAccount({ is_active: false }))).toMatchObject({ status: 'live' });
});

test.each([
  ['has no number', { custom_fields: {} }, /custom_fields\.customer_number/],
  ['lacks a column', { city: undefined }, /does not fit its schema: city/],
  ['has a column of another type', { city: 7 }, /does not fit its schema: city/],
  ['has no custom fields', { custom_fields: null }, /does not fit its schema: custom_fields/],
])('an account that %s is rejected with its id and the reason', (_, change, reason) => {
  expect(toRecord(aPlan(), anAccount(change))).toEqual({
    externalId: ID,
    reason: expect.stringMatching(reason),
  });
});

test('the version follows every value that the hub could write, and nothing else', () => {
  const versionOf = (change: Readonly<Record<string, unknown>>): unknown => {
    const record = toRecord(aPlan(), anAccount(change));
    return 'version' in record ? record.version : record.reason;
  };
  const version = versionOf({});
  expect(version).toMatch(/^[0-9a-f]{16}$/);
  expect(versionOf({ rollups: { won_count: 1 }, created_at: '2026-01-01' })).toBe(version);
  expect(versionOf({ custom_fields: { vat_id: 'DE123456789', customer_number: '10007' } })).toBe(version);
  for (const change of [{ website: 'https://example.com' }, { is_active: false }, { city: '' }, { city: null }])
    expect(versionOf(change)).not.toBe(version);
});

test('a create carries its number; an update only what the account does not hold', () => {
  const create = toColumns(aPlan(), aWrite('create', { name: 'Elbe', vatId: 'DE1' }));
  expect(create.ok && toBody(create.columns)).toEqual({
    name: 'Elbe',
    custom_fields: { vat_id: 'DE1', customer_number: '10007' },
  });
  const update = toColumns(aPlan(), aWrite('update', { city: 'Dresden', vatId: null }));
  expect(update.ok && toBody(differingColumns(update.columns, anAccount()))).toEqual({
    custom_fields: { vat_id: null },
  });
});

test('an empty text empties a custom field, so that it is held where none is set', () => {
  const columns = { 'custom_fields.vat_id': '', city: '' };
  expect(differingColumns(columns, anAccount({ custom_fields: {} }))).toEqual({ city: '' });
});

test.each([
  ['another source', { source: 'contacts' }, /must be accounts/],
  ['a key that the API cannot search', { key: ['name'] }, /one custom field/],
  ['a column that the API does not take', { fields: { city: { from: 'created_at' } } }, /created_at.*readOnly/],
  ['options', { options: { id: 'x' } }, /options: there are none/],
])('a mapping with %s is refused', (_, change, reason) => {
  expect(() => aPlan(change)).toThrow(HubError);
  expect(() => aPlan(change)).toThrow(reason);
});
