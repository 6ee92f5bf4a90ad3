// Generated from schemas/ by `npm run generate`; never edit by hand.
import type { EntityDescriptor } from '../entity-descriptor.js';

/** Canonical kinds of record that have schemas. */
export type Entity = 'customer' | 'price' | 'product' | 'stock-level';

/** Fields and event types of every entity. */
export const ENTITIES: Readonly<Record<Entity, EntityDescriptor>> = {
  customer: {
    entity: 'customer',
    doc: 'A customer; key is the shared customer number.',
    changedType: 'io.plumbline.customer.v1.CustomerChanged',
    goldenType: 'io.plumbline.customer.v1.GoldenCustomer',
    fields: {
      name: {
        type: 'text',
        personal: 'name',
        doc: 'Company or person name.',
      },
      email: {
        type: 'text',
        personal: 'email',
        doc: 'E-mail address.',
      },
      phone: {
        type: 'text',
        personal: 'phone',
        doc: 'Telephone number as written by the owner.',
      },
      street: {
        type: 'text',
        personal: 'address',
        doc: 'Street and number.',
      },
      postcode: {
        type: 'text',
        personal: 'address',
        doc: 'Postal code.',
      },
      city: {
        type: 'text',
        personal: 'address',
        doc: 'City.',
      },
      country: {
        type: 'text',
        doc: 'ISO 3166-1 alpha-2 country.',
      },
      vatId: {
        type: 'text',
        personal: 'tax-id',
        doc: 'VAT identification number.',
      },
      priceGroup: {
        type: 'text',
        doc: 'Price group code.',
      },
    },
  },
  price: {
    entity: 'price',
    doc: 'A price; key is sku|list|currency|group|from (empty parts stay empty).',
    changedType: 'io.plumbline.price.v1.PriceChanged',
    goldenType: 'io.plumbline.price.v1.GoldenPrice',
    fields: {
      amount: {
        type: 'decimal',
        scale: 4,
        doc: 'Amount per sales unit in the currency of the key.',
      },
      currency: {
        type: 'text',
        doc: 'ISO 4217 currency of the amount; equals the currency of the key.',
      },
      taxIncluded: {
        type: 'boolean',
        doc: 'Whether tax is contained.',
      },
      validTo: {
        type: 'instant',
        doc: 'End of validity, exclusive; null is open-ended.',
      },
    },
  },
  product: {
    entity: 'product',
    doc: 'A product; key is the SKU.',
    changedType: 'io.plumbline.product.v1.ProductChanged',
    goldenType: 'io.plumbline.product.v1.GoldenProduct',
    fields: {
      ean: {
        type: 'text',
        doc: 'EAN/GTIN bar code.',
      },
      name: {
        type: 'texts',
        doc: 'Name by BCP 47 locale.',
      },
      description: {
        type: 'texts',
        doc: 'Long text by BCP 47 locale.',
      },
      brand: {
        type: 'text',
        doc: 'Brand or manufacturer.',
      },
      category: {
        type: 'text',
        doc: 'Category code.',
      },
      unit: {
        type: 'text',
        doc: 'Sales unit, UN/ECE recommendation 20 code (C62 piece, KGM kilogram, MTR metre).',
      },
      weight: {
        type: 'decimal',
        scale: 4,
        doc: 'Gross weight of one sales unit, kilograms.',
      },
      taxClass: {
        type: 'text',
        doc: 'Tax class code.',
      },
      active: {
        type: 'boolean',
        doc: 'Whether it may be sold.',
      },
    },
  },
  'stock-level': {
    entity: 'stock-level',
    doc: 'Stock of a product at a location; key is sku@location.',
    changedType: 'io.plumbline.stock_level.v1.StockLevelChanged',
    goldenType: 'io.plumbline.stock_level.v1.GoldenStockLevel',
    fields: {
      onHand: {
        type: 'decimal',
        scale: 4,
        doc: 'Physical quantity on hand, in sales units.',
      },
      reorderPoint: {
        type: 'decimal',
        scale: 4,
        doc: 'Quantity below which it is ordered again.',
      },
    },
  },
};
