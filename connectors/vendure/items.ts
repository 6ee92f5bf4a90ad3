import { z } from 'zod';

const id = z.string().regex(/^\d{1,12}$/, 'is no number: only AutoIncrementIdStrategy is supported');
const time = z.iso.datetime({ offset: true });
const customFields = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]).nullable()).nullish();

/** Items of the Admin API's lists, as far as they are read. */
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
export const pricedSchema = z.object({
  id,
  sku: z.string(),
  prices: z.array(z.object({ currencyCode: z.string(), price: z.int() })),
});
export const stockedSchema = z.object({
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
export const customerSchema = z.object({
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
