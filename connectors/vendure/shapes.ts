import type { Entity } from '#contracts';
import { z } from 'zod';
import type { Shop } from './shop.js';
import { customerRows, priceRows, productRows, stockRows, type Row } from './mapping.js';

/** How one entity of the hub lies in Vendure. Several rows may come from one variant: prices, stock levels. */
export interface Shape {
  /** List of the Admin API that holds the records; its items have a numeric id and `updatedAt`. */
  readonly list: 'productVariants' | 'customers';
  /** Kinds of the plugin's changes after which these records are read again. */
  readonly kinds: readonly string[];
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

const id = z.string().regex(/^\d{1,12}$/, 'is no number: only AutoIncrementIdStrategy is supported');
const time = z.iso.datetime({ offset: true });
const customFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable()).nullish();

export const variantSchema = z.object({
  id,
  sku: z.string(),
  enabled: z.boolean(),
  updatedAt: time,
  productId: id,
  translations: z.array(z.object({ languageCode: z.string(), name: z.string() })),
  customFields,
});
export const productSchema = z.object({
  id,
  enabled: z.boolean(),
  updatedAt: time,
  translations: z.array(
    z.object({ languageCode: z.string(), name: z.string(), slug: z.string(), description: z.string() }),
  ),
  customFields,
});
const pricedSchema = z.object({
  id,
  sku: z.string(),
  prices: z.array(z.object({ currencyCode: z.string(), price: z.int() })),
});
const stockedSchema = z.object({
  id,
  sku: z.string(),
  stockLevels: z.array(
    z.object({
      updatedAt: time,
      stockOnHand: z.int(),
      stockAllocated: z.int(),
      stockLocation: z.object({ id, name: z.string() }),
    }),
  ),
});
const customerSchema = z.object({
  id,
  updatedAt: time,
  title: z.string().nullable(),
  firstName: z.string(),
  lastName: z.string(),
  phoneNumber: z.string().nullable(),
  emailAddress: z.string(),
  groups: z.array(z.object({ name: z.string() })),
  addresses: z
    .array(
      z.object({
        company: z.string().nullable(),
        streetLine1: z.string(),
        streetLine2: z.string().nullable(),
        city: z.string().nullable(),
        postalCode: z.string().nullable(),
        country: z.object({ code: z.string() }),
        defaultBillingAddress: z.boolean().nullable(),
      }),
    )
    .nullable(),
  customFields,
});

export type Variant = z.infer<typeof variantSchema>;
export type Product = z.infer<typeof productSchema>;
export type Priced = z.infer<typeof pricedSchema>;
export type Stocked = z.infer<typeof stockedSchema>;
export type Customer = z.infer<typeof customerSchema>;

/** Selection of the custom fields of an entity of Vendure; empty where it has none. */
export function selectCustom(shop: Shop, entityName: string): string {
  const names = (shop.customFields[entityName] ?? []).map(({ name }) => name);
  return names.length === 0 ? '' : `customFields { ${names.join(' ')} }`;
}

/** Shapes by entity. A product's own fields (`product.…`) are read apart: asked inside the variant they cost thrice. */
export const SHAPES: Readonly<Record<Entity, Shape>> = {
  product: {
    list: 'productVariants',
    kinds: ['variant'],
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
    kinds: ['variant', 'price'],
    isPolled: false,
    select: () => 'id sku prices { currencyCode price }',
    toRows: (item, shop) => priceRows(pricedSchema.parse(item), shop),
    search: { sku: 'sku' },
    writable: ['amount'],
    readable: ['variantId', 'sku', 'list', 'currency', 'taxIncluded'],
  },
  'stock-level': {
    list: 'productVariants',
    kinds: ['variant', 'stock-level'],
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
