import type { PlantedDrift } from '../stores/business-stores.js';
import type { RealSystems } from './real-systems.js';

type Statement = readonly [text: string, values: readonly unknown[]];

/** Products and customers from these places on are used by this scene only. */
const FIRST_PRODUCT = 110;
const FIRST_CUSTOMER = 70;
const VARIANT = '(SELECT id FROM product_variant WHERE sku = $1 AND "deletedAt" IS NULL)';
const PRODUCT_EDITS = [
  `UPDATE product_variant_translation SET name = name || ' (B-Ware)' WHERE "languageCode" = 'en' AND "baseId" = ${VARIANT}`,
  `UPDATE product_variant SET "customFieldsWeight" = coalesce("customFieldsWeight", 0) + 1.5 WHERE id = ${VARIANT}`,
  `UPDATE product_variant SET enabled = NOT enabled WHERE id = ${VARIANT}`,
  `UPDATE product_variant SET "customFieldsBrand" = 'unknown', "customFieldsEan" = NULL WHERE id = ${VARIANT}`,
  `UPDATE product_variant SET "customFieldsEan" = '000' WHERE id = ${VARIANT}`,
];
const PRICE_EDIT = `UPDATE product_variant_price SET price = price + 100 WHERE "variantId" = ${VARIANT}`;
const STOCK_EDIT = `UPDATE stock_level SET "stockOnHand" = "stockOnHand" + 1 WHERE "productVariantId" = ${VARIANT}`;
const CUSTOMER_EDITS = [
  `UPDATE customer SET "phoneNumber" = '000' WHERE "customFieldsNumber" = $1`,
  `UPDATE customer SET "lastName" = upper("lastName") || '!' WHERE "customFieldsNumber" = $1`,
];
/** As Vendure itself deletes; price and stock go with their variant. */
const DELETE_VARIANT = `UPDATE product_variant SET "deletedAt" = now() WHERE id = ${VARIANT}`;
const OF_CUSTOMER = '(SELECT id FROM customer WHERE "customFieldsNumber" = $1)';
const OF_USER = '(SELECT "userId" FROM customer WHERE "customFieldsNumber" = $1)';
/** No trigger fires, so nothing cascades. */
const DELETE_CUSTOMER = [
  `DELETE FROM history_entry WHERE "customerId" = ${OF_CUSTOMER}`,
  `DELETE FROM customer_channels_channel WHERE "customerId" = ${OF_CUSTOMER}`,
  `DELETE FROM authentication_method WHERE "userId" = ${OF_USER}`,
  `DELETE FROM user_roles_role WHERE "userId" = ${OF_USER}`,
  `DELETE FROM "user" WHERE id = ${OF_USER}`,
  `DELETE FROM customer WHERE "customFieldsNumber" = $1`,
];
const CHANNEL = '(SELECT min(id) FROM channel)';
const FOREIGN_PRODUCT = `
  WITH p AS (INSERT INTO product (enabled) VALUES (true) RETURNING id),
    pt AS (INSERT INTO product_translation ("languageCode", name, slug, description, "baseId")
      SELECT 'en', $1::text, md5($1::text), '', id FROM p),
    pc AS (INSERT INTO product_channels_channel ("productId", "channelId") SELECT id, ${CHANNEL} FROM p),
    v AS (INSERT INTO product_variant
        (enabled, sku, "outOfStockThreshold", "useGlobalOutOfStockThreshold", "trackInventory", "taxCategoryId", "productId")
      SELECT true, $1::text, 0, true, 'INHERIT', (SELECT min(id) FROM tax_category), id FROM p RETURNING id),
    vt AS (INSERT INTO product_variant_translation ("languageCode", name, "baseId") SELECT 'en', $1::text, id FROM v),
    vc AS (INSERT INTO product_variant_channels_channel ("productVariantId", "channelId") SELECT id, ${CHANNEL} FROM v),
    pr AS (INSERT INTO product_variant_price ("currencyCode", "channelId", price, "variantId")
      SELECT 'EUR', ${CHANNEL}, 1, id FROM v)
  INSERT INTO stock_level ("stockOnHand", "stockAllocated", "productVariantId", "stockLocationId")
    SELECT 5, 0, id, (SELECT min(id) FROM stock_location) FROM v`;
const FOREIGN_CUSTOMER = `
  WITH c AS (INSERT INTO customer ("firstName", "lastName", "emailAddress", "customFieldsNumber")
    VALUES ('', 'Unbekannt', md5($1::text) || '@example.net', $1::text) RETURNING id)
  INSERT INTO customer_channels_channel ("customerId", "channelId") SELECT id, ${CHANNEL} FROM c`;

/** Plants 30 edits, 4 deletes and 5 foreign records in one transaction that touches no time of change. */
export async function plantDrift({ shop, products, customers }: RealSystems): Promise<PlantedDrift[]> {
  const planted: PlantedDrift[] = [];
  const statements: Statement[] = [];
  const plant = (drift: readonly PlantedDrift[], texts: readonly string[], key: string): void => {
    planted.push(...drift);
    statements.push(...texts.map((text): Statement => [text, [key]]));
  };
  const skus = products.slice(FIRST_PRODUCT).map(({ sku }) => sku);
  const numbers = customers.slice(FIRST_CUSTOMER).map(({ number }) => number);
  const take = (from: string[], count: number): string[] => from.splice(0, count);
  for (const [index, sku] of take(skus, 15).entries())
    plant([{ entity: 'product', kind: 'changed', key: sku }], [PRODUCT_EDITS[index % PRODUCT_EDITS.length] ?? ''], sku);
  for (const sku of take(skus, 8)) plant([{ ...toPrice(sku), kind: 'changed' }], [PRICE_EDIT], sku);
  for (const sku of take(skus, 5)) plant([{ ...toStock(sku), kind: 'changed' }], [STOCK_EDIT], sku);
  for (const [index, key] of take(numbers, 2).entries())
    plant([{ entity: 'customer', kind: 'changed', key }], [CUSTOMER_EDITS[index] ?? ''], key);
  for (const sku of take(skus, 1)) plant(ofVariant(sku, 'missing'), [DELETE_VARIANT], sku);
  for (const key of take(numbers, 1)) plant([{ entity: 'customer', kind: 'missing', key }], DELETE_CUSTOMER, key);
  plant(ofVariant('FREMD „1“', 'foreign'), [FOREIGN_PRODUCT], 'FREMD „1“');
  for (const key of ['FREMD „2“', 'FREMD „3“'])
    plant([{ entity: 'customer', kind: 'foreign', key }], [FOREIGN_CUSTOMER], key);
  await shop.sql.behindTheBack(statements);
  return planted;
}

/** A variant of Vendure holds three records of the hub. */
function ofVariant(sku: string, kind: PlantedDrift['kind']): PlantedDrift[] {
  return [
    { entity: 'product', kind, key: sku },
    { ...toPrice(sku), kind },
    { ...toStock(sku), kind },
  ];
}

function toPrice(sku: string): Pick<PlantedDrift, 'entity' | 'key'> {
  return { entity: 'price', key: `${sku}|standard|EUR||` };
}

function toStock(sku: string): Pick<PlantedDrift, 'entity' | 'key'> {
  return { entity: 'stock-level', key: `${sku}@main` };
}
