import type { Contest } from '../stores/business-stores.js';
import { countStock } from './fill-tryton.js';
import type { RealSystems } from './real-systems.js';
import { toDecimal, type TrytonDatabase } from './tryton.js';

/** Contests between the owners, each on a record that no other scene uses. */
export function listContests(systems: RealSystems): Contest[] {
  return [...productContests(systems), ...stockAndPriceContests(systems), ...customerContests(systems)];
}

function productContests({ erp, wms, shop, products }: RealSystems): Contest[] {
  const [a, b, c] = [100, 101, 102].map((place) => products[place]?.sku ?? '') as [string, string, string];
  const name = { owner: 'erp', entity: 'product', field: 'name' } as const;
  const readName = (sku: string) => (): Promise<string> =>
    readText(
      shop.sql,
      `SELECT t.name AS value FROM product_variant v JOIN product_variant_translation t ON t."baseId" = v.id
       WHERE t."languageCode" = 'en' AND v."deletedAt" IS NULL AND v.sku = $1`,
      sku,
    );
  const brand = 'SELECT "customFieldsBrand" AS value FROM product_variant WHERE "deletedAt" IS NULL AND sku = $1';
  return [
    {
      ...{ ...name, loser: 'shop', key: a, wanted: 'New name “A” 🔩', readShop: readName(a) },
      win: () => rename(erp, a, 'New name “A” 🔩'),
      lose: () => shop.editVariant(a, { translations: [{ languageCode: 'en', name: 'from the shop' }] }),
    },
    {
      ...{ ...name, loser: 'wms', key: b, wanted: 'New name B; "two"', readShop: readName(b) },
      win: () => rename(erp, b, 'New name B; "two"'),
      lose: () => rename(wms, b, 'FROM THE WMS'),
    },
    {
      ...{ owner: 'erp', loser: 'shop', entity: 'product', field: 'brand', key: c, wanted: 'New brand' },
      readShop: () => readText(shop.sql, brand, c),
      win: () => rebrand(erp, c, 'New brand'),
      lose: () => shop.editVariant(c, { customFields: { brand: 'from the shop' } }),
    },
  ];
}

function stockAndPriceContests({ erp, wms, shop, products }: RealSystems): Contest[] {
  const [d, e] = [103, 104].map((place) => products[place]?.sku ?? '') as [string, string];
  const price = `SELECT p.price::text AS value FROM product_variant_price p JOIN product_variant v ON v.id = p."variantId"
    WHERE v."deletedAt" IS NULL AND p."currencyCode" = 'EUR' AND v.sku = $1`;
  const stock = `SELECT l."stockOnHand"::text AS value FROM stock_level l JOIN product_variant v ON v.id = l."productVariantId"
    WHERE v."deletedAt" IS NULL AND v.sku = $1`;
  return [
    {
      ...{ owner: 'erp', loser: 'shop', entity: 'price', field: 'amount', key: `${d}|standard|EUR||`, wanted: '4242' },
      readShop: () => readText(shop.sql, price, d),
      win: async () => {
        const ids = await erp.templates([d]);
        await erp.call('model.product.template.write', [[...ids.values()], { list_price: toDecimal('42.42') }]);
      },
      lose: () => shop.editVariant(d, { prices: [{ currencyCode: 'EUR', price: 1 }] }),
    },
    {
      ...{ owner: 'wms', loser: 'shop', entity: 'stock-level', field: 'onHand', key: `${e}@main`, wanted: '777' },
      readShop: () => readText(shop.sql, stock, e),
      win: () => countStock(wms, new Map([[e, 777]])),
      lose: () => shop.editVariant(e, { stockOnHand: 99_999 }),
    },
  ];
}

function customerContests({ erp, crm, shop, customers }: RealSystems): Contest[] {
  const [f, g] = [customers[60]?.number ?? '', customers[61]?.number ?? ''];
  const contact = { owner: 'crm', entity: 'customer', field: 'email' } as const;
  const email = 'SELECT "emailAddress" AS value FROM customer WHERE "customFieldsNumber" = $1';
  return [
    {
      ...{ ...contact, loser: 'shop', key: f, wanted: 'new@example.com' },
      readShop: () => readText(shop.sql, email, f),
      win: () => crm.edit(f, { email: 'new@example.com' }),
      lose: () => shop.editCustomer(f, { emailAddress: 'shop@example.org' }),
    },
    {
      ...{ ...contact, loser: 'erp', key: g, wanted: 'also.new@example.com' },
      readShop: () => readText(shop.sql, email, g),
      win: () => crm.edit(g, { email: 'also.new@example.com' }),
      lose: async () => {
        const ids = await erp.ids(
          `SELECT p.code AS key, m.id FROM party_contact_mechanism m JOIN party_party p ON p.id = m.party
           WHERE m.type = 'email' AND p.code = ANY ($1)`,
          [g],
        );
        await erp.call('model.party.contact_mechanism.write', [[...ids.values()], { value: 'erp@example.org' }]);
      },
    },
  ];
}

async function rename(tryton: TrytonDatabase, sku: string, name: string): Promise<void> {
  const ids = await tryton.templates([sku]);
  await tryton.call('model.product.template.write', [[...ids.values()], { name }], { fuzzy_translation: false });
}

async function rebrand(tryton: TrytonDatabase, sku: string, brand: string): Promise<void> {
  const ids = await tryton.ids(
    `SELECT p.code AS key, i.id FROM product_identifier i JOIN product_product p ON p.id = i.product
     WHERE i.type = 'brand' AND p.code = ANY ($1)`,
    [sku],
  );
  await tryton.call('model.product.identifier.write', [[...ids.values()], { code: brand }]);
}

async function readText(sql: RealSystems['shop']['sql'], text: string, key: string): Promise<string> {
  const [row] = await sql.query<{ value: string | null }>(text, [key]);
  return row?.value ?? '';
}
