import type { RawRecord } from '#connector-sdk';
import type { ExternalId } from '#kernel';
import { createHash } from 'node:crypto';
import type { Customer, Priced, Product, Stocked, Variant } from './items.js';
import type { Shop } from './shop.js';

/** One record as the mapping sees it. */
export interface Row {
  readonly externalId: ExternalId;
  /** Digest of all that was read of the record but times: Vendure has no version of its own. */
  readonly version: string;
  readonly changedAt: string | null;
  readonly raw: RawRecord;
}

const ID_DIGITS = 12;

/** External id: the number padded, so that byte order is the order of numbers; parts of one variant after a dash. */
export function toExternalId(id: string, part = ''): ExternalId {
  return `${id.padStart(ID_DIGITS, '0')}${part === '' ? '' : `-${part}`}` as ExternalId;
}

/** Vendure's id in an external id; null for a text that is none of ours. */
export function toVendureId(externalId: string): string | null {
  const digits = /^(\d{12,})(?:-|$)/.exec(externalId)?.[1];
  return digits === undefined ? null : String(BigInt(digits));
}

/** A variant is a product of the hub; fields of Vendure's own product come along where they were read. */
export function productRows(variant: Variant, product: Product | null, shop: Shop): Row[] {
  const own = product === null ? {} : productColumns(product, shop);
  const raw = {
    id: variant.id,
    sku: variant.sku,
    enabled: variant.enabled,
    ...textColumns('name', shop.languages, namesOf(variant.translations)),
    ...customColumns('customFields', variant.customFields),
    'product.id': variant.productId,
    ...own,
  };
  const times = [variant.updatedAt, ...(product === null ? [] : [product.updatedAt])].sort();
  return [toRow(toExternalId(variant.id), times.at(-1) ?? null, raw)];
}

/** One row per currency of the channel. */
export function priceRows({ id, sku, prices }: Priced, shop: Shop): Row[] {
  const { code, pricesIncludeTax } = shop.channel;
  return prices
    .map(({ currencyCode, price }) => {
      const raw = {
        variantId: id,
        sku,
        list: code,
        currency: currencyCode,
        amount: price,
        taxIncluded: pricesIncludeTax,
      };
      return toRow(toExternalId(id, currencyCode), null, raw);
    })
    .sort(byId);
}

/** One row per stock location. */
export function stockRows({ id, sku, stockLevels }: Stocked): Row[] {
  return stockLevels
    .map(({ updatedAt, stockOnHand, stockAllocated, stockLocation }) => {
      const available = stockOnHand - stockAllocated;
      const place = { location: stockLocation.name, locationId: stockLocation.id };
      const raw = { variantId: id, sku, ...place, onHand: stockOnHand, allocated: stockAllocated, available };
      return toRow(toExternalId(id, toExternalId(stockLocation.id)), updatedAt, raw);
    })
    .sort(byId);
}

/** `address.…` is the default billing address, else the first one. */
export function customerRows(customer: Customer): Row[] {
  const { id, updatedAt, title, firstName, lastName, phoneNumber, emailAddress, groups } = customer;
  const addresses = customer.addresses ?? [];
  const address = addresses.find(({ defaultBillingAddress }) => defaultBillingAddress) ?? addresses[0];
  const raw = {
    ...{ id, title, firstName, lastName, phoneNumber, emailAddress },
    fullName: `${firstName} ${lastName}`.trim(),
    group: groups.map(({ name }) => name).sort()[0] ?? null,
    ...(address ? addressColumns(address) : NO_ADDRESS),
    ...customColumns('customFields', customer.customFields),
  };
  return [toRow(toExternalId(id), updatedAt, raw)];
}

const NO_ADDRESS: RawRecord = {
  ...{ 'address.company': null, 'address.street': null, 'address.city': null },
  ...{ 'address.postalCode': null, 'address.country': null },
};

function addressColumns(address: NonNullable<Customer['addresses']>[number]): RawRecord {
  return {
    'address.company': address.company,
    'address.street': [address.streetLine1, address.streetLine2].filter(Boolean).join(', '),
    'address.city': address.city,
    'address.postalCode': address.postalCode,
    'address.country': address.country.code,
  };
}

function productColumns(product: Product, shop: Shop): RawRecord {
  const { translations, enabled } = product;
  const of = (field: 'name' | 'slug' | 'description'): Map<string, string> =>
    new Map(translations.map((translation) => [translation.languageCode, translation[field]]));
  return {
    'product.enabled': enabled,
    ...textColumns('product.name', shop.languages, of('name')),
    ...textColumns('product.slug', shop.languages, of('slug')),
    ...textColumns('product.description', shop.languages, of('description')),
    ...customColumns('product.customFields', product.customFields),
  };
}

function namesOf(translations: Variant['translations']): Map<string, string> {
  return new Map(translations.map(({ languageCode, name }) => [languageCode, name]));
}

/**
 * One column per language of Vendure (`pt_BR`), and one with all of them (`pt-BR`). A translation can't be taken away again, and Vendure itself falls
 * back from an empty one: an empty text is no text.
 */
function textColumns(name: string, languages: readonly string[], texts: ReadonlyMap<string, string>): RawRecord {
  const columns: Record<string, unknown> = {};
  const all: Record<string, string> = {};
  for (const language of new Set([...languages, ...texts.keys()])) {
    const text = texts.get(language) ?? '';
    columns[`${name}.${language}`] = text === '' ? null : text;
    if (text !== '') all[language.replaceAll('_', '-')] = text;
  }
  return { ...columns, [name]: all };
}

function customColumns(prefix: string, fields: Variant['customFields']): RawRecord {
  const entries = Object.entries(fields ?? {}).map(([name, value]) => [`${prefix}.${name}`, value] as const);
  return Object.fromEntries(entries);
}

function toRow(externalId: ExternalId, changedAt: string | null, raw: RawRecord): Row {
  const sorted = Object.entries(raw).sort(([a], [b]) => (a < b ? -1 : 1));
  const version = createHash('sha256').update(JSON.stringify(sorted)).digest('hex').slice(0, 32);
  return { externalId, version, changedAt, raw };
}

function byId(a: Row, b: Row): number {
  return a.externalId < b.externalId ? -1 : 1;
}
