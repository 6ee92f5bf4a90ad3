import type { EntityMapping } from '#connector-sdk';
import type { Entity } from '#contracts';

/** UN/ECE code by the symbol of a unit as Tryton brings it. */
const UNITS: Readonly<Record<string, string>> = {
  u: 'C62',
  kg: 'KGM',
  g: 'GRM',
  m: 'MTR',
  cm: 'CMT',
  l: 'LTR',
  h: 'HUR',
};

/** A mapping that fits Tryton as it is installed; a hub file may take it over or name its own. */
export const DEFAULT_MAPPINGS = {
  product: {
    source: 'product.product',
    key: ['code'],
    fields: {
      ean: { from: 'ean' },
      name: { from: { en: 'name.en' } },
      brand: { from: 'brand' },
      unit: { from: 'unit', values: UNITS },
      // Units have two digits unless someone gave them more.
      weight: { from: 'weight', scale: 2 },
      active: { from: 'active' },
    },
    options: {},
  },
  customer: {
    source: 'party.party',
    key: ['code'],
    fields: {
      name: { from: 'name' },
      email: { from: 'email' },
      phone: { from: 'phone' },
      street: { from: 'street' },
      postcode: { from: 'postcode' },
      city: { from: 'city' },
      country: { from: 'country' },
      vatId: { from: 'vatId' },
    },
    options: {},
  },
  price: {
    source: 'product.list_price',
    key: ['code', '=standard', 'currency', '=', '='],
    fields: {
      amount: { from: 'amount', scale: 4 },
      currency: { from: 'currency', readOnly: true },
    },
    options: {},
  },
  'stock-level': {
    source: 'stock.move',
    key: ['code', 'location'],
    fields: { onHand: { from: 'onHand', readOnly: true } },
    options: {},
  },
} satisfies Record<Entity, EntityMapping>;
