import type { Entity } from '#contracts';
import { customerSchema, pricedSchema, stockedSchema, variantSchema, type Product } from './items.js';
import type { Shop } from './shop.js';
import { customerRows, priceRows, productRows, stockRows, type Row } from './mapping.js';

/** How one entity of the hub lies in Vendure. Several rows may come from one variant: prices, stock levels. */
export interface Shape {
  /** List of the Admin API that holds the records; its items have a numeric id and `updatedAt`. */
  readonly list: 'productVariants' | 'customers';
  /** Kinds of the plugin's changes after which these records are read again. */
  readonly kinds: readonly string[];
  /**
   * Kinds that tell nothing new when our own session made the change: its answer said how the record is stored. Others do:
   * a new variant has prices and stock levels, a product's own fields are those of its other variants, too.
   */
  readonly exceptOwn: readonly string[];
  /** Whether `updatedAt` of the list moves whenever a row does. */
  readonly isPolled: boolean;
  /** What is asked of each item. */
  select(shop: Shop): string;
  /** Rows of an item, in the order of their ids; `product` is Vendure's own, where it was read. @throws ZodError */
  toRows(item: unknown, shop: Shop, product: Product | null): Row[];
  /** Column of the key by which the list can be searched, and the filter that it takes. */
  readonly search: Readonly<Record<string, string>>;
  /** Columns that can be written, and prefixes of such (`customFields.`). */
  readonly writable: readonly string[];
  /** Columns that exist, and prefixes of such. */
  readonly readable: readonly string[];
}

/** Selection of the custom fields of an entity of Vendure; empty where it has none. */
export function selectCustom(shop: Shop, entityName: string): string {
  const names = (shop.customFields[entityName] ?? []).map(({ name }) => name);
  return names.length === 0 ? '' : `customFields { ${names.join(' ')} }`;
}

/** Shapes by entity. A product's own fields (`product.…`) are read apart: asked inside the variant they cost thrice. */
export const SHAPES: Readonly<Record<Entity, Shape>> = {
  product: {
    list: 'productVariants',
    kinds: ['variant', 'new-variant', 'product'],
    exceptOwn: ['variant', 'new-variant'],
    isPolled: true,
    select: (shop) =>
      `id sku enabled updatedAt productId translations { languageCode name } ${selectCustom(shop, 'ProductVariant')}`,
    toRows: (item, shop, product) => productRows(variantSchema.parse(item), product, shop),
    search: { sku: 'sku' },
    writable: ['enabled', 'name', 'name.', 'customFields.', 'product.enabled', 'product.name.', 'product.description.'],
    readable: ['id', 'sku', 'product.id', 'product.slug.', 'product.customFields.'],
  },
  price: {
    list: 'productVariants',
    kinds: ['variant', 'new-variant', 'product', 'price'],
    exceptOwn: ['variant', 'price'],
    isPolled: false,
    select: () => 'id sku prices { currencyCode price }',
    toRows: (item, shop) => priceRows(pricedSchema.parse(item), shop),
    search: { sku: 'sku' },
    writable: ['amount'],
    readable: ['variantId', 'sku', 'list', 'currency', 'taxIncluded'],
  },
  'stock-level': {
    list: 'productVariants',
    kinds: ['variant', 'new-variant', 'product', 'stock-level'],
    exceptOwn: ['variant', 'stock-level'],
    isPolled: false,
    select: () => 'id sku stockLevels { updatedAt stockOnHand stockAllocated stockLocation { id name } }',
    toRows: (item) => stockRows(stockedSchema.parse(item)),
    search: { sku: 'sku' },
    writable: ['onHand'],
    readable: ['variantId', 'sku', 'location', 'locationId', 'allocated', 'available'],
  },
  customer: {
    list: 'customers',
    kinds: ['customer'],
    exceptOwn: [],
    isPolled: true,
    select: (shop) =>
      `id updatedAt title firstName lastName phoneNumber emailAddress groups { name } addresses { company streetLine1
       streetLine2 city postalCode country { code } defaultBillingAddress } ${selectCustom(shop, 'Customer')}`,
    toRows: (item) => customerRows(customerSchema.parse(item)),
    search: { emailAddress: 'emailAddress' },
    writable: ['title', 'firstName', 'lastName', 'phoneNumber', 'emailAddress', 'customFields.'],
    readable: ['id', 'fullName', 'group', 'address.'],
  },
};
