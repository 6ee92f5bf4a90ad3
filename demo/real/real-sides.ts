import type { Entity } from '#contracts';
import { join, toRows, type Row, type Rows } from '../stores/agreement.js';
import type { SqlStore } from '../stores/sql-store.js';
import type { RealSystems } from './real-systems.js';

const PRODUCTS = `
  SELECT p.code AS key, t.name AS en,
    (SELECT code FROM product_identifier WHERE product = p.id AND type = 'ean' LIMIT 1) AS ean,
    (SELECT code FROM product_identifier WHERE product = p.id AND type = 'brand' LIMIT 1) AS brand,
    trim_scale(t.weight::numeric)::text AS weight, p.active
  FROM product_product AS p JOIN product_template AS t ON t.id = p.template`;
const SHOP_PRODUCTS = `
  SELECT v.sku AS key, en.name AS en, v."customFieldsEan", v."customFieldsBrand",
    trim_scale(v."customFieldsWeight"::numeric)::text, v.enabled
  FROM product_variant AS v
    LEFT JOIN product_variant_translation AS en ON en."baseId" = v.id AND en."languageCode" = 'en'
  WHERE v."deletedAt" IS NULL`;
const PRICES = `
  SELECT p.code AS key, round(l.list_price * 100)::bigint::text AS cents
  FROM product_product AS p JOIN product_list_price AS l ON l.template = p.template`;
const SHOP_PRICES = `
  SELECT v.sku AS key, r.price::text AS cents FROM product_variant_price AS r JOIN product_variant AS v ON v.id = r."variantId"
  WHERE v."deletedAt" IS NULL AND r."currencyCode" = 'EUR'`;
/** What the warehouse has of every product: the sum of its done moves. */
export const STOCK = `
  SELECT p.code AS key, trim_scale(coalesce((
      SELECT sum(CASE WHEN t.type = 'storage' THEN m.internal_quantity ELSE -m.internal_quantity END)
      FROM stock_move AS m JOIN stock_location AS t ON t.id = m.to_location
      WHERE m.product = p.id AND m.state = 'done'), 0)::numeric)::text AS quantity
  FROM product_product AS p`;
const SHOP_STOCK = `
  SELECT v.sku AS key, l."stockOnHand"::text FROM stock_level AS l JOIN product_variant AS v ON v.id = l."productVariantId"
  WHERE v."deletedAt" IS NULL`;
const PARTIES = "SELECT code AS key, name FROM party_party WHERE code <> 'COMPANY'";
const ACCOUNTS = "SELECT custom_fields ->> 'customer_number' AS key, email, phone FROM accounts";
const SHOP_CUSTOMERS = `
  SELECT "customFieldsNumber" AS key, trim("firstName" || ' ' || "lastName") AS name, "emailAddress", "phoneNumber"
  FROM customer WHERE "deletedAt" IS NULL`;

/** What the owners say of one entity, and what Vendure holds: read in their databases. */
export async function readSides({ erp, wms, crm, shop }: RealSystems, entity: Entity): Promise<[Rows, Rows]> {
  const read = async (store: SqlStore, text: string): Promise<Rows> => toRows(await store.query<Row>(text));
  switch (entity) {
    case 'product':
      return [await read(erp.sql, PRODUCTS), await read(shop.sql, SHOP_PRODUCTS)];
    case 'price':
      return [await read(erp.sql, PRICES), await read(shop.sql, SHOP_PRICES)];
    case 'stock-level':
      return [await read(wms.sql, STOCK), await read(shop.sql, SHOP_STOCK)];
    case 'customer': {
      const owners = join(await erp.sql.query<Row>(PARTIES), await crm.sql.query<Row>(ACCOUNTS));
      return [toRows(owners), await read(shop.sql, SHOP_CUSTOMERS)];
    }
  }
}
