import type { Row } from '../stores/agreement.js';
import type { SqlStore } from '../stores/sql-store.js';

/** What both ways of syncing carry: of every article number one text for the article, one for the price. */
export interface Held {
  readonly products: ReadonlyMap<string, string>;
  readonly prices: ReadonlyMap<string, string>;
}

const ERP_PRODUCTS = `
  SELECT artikelnr AS key, ean13, hersteller, warengruppe,
    CASE einheit WHEN 'ST' THEN 'C62' WHEN 'KG' THEN 'KGM' ELSE 'MTR' END AS unit, (gewicht_g * 0.001)::text AS weight,
    CASE steuerkz WHEN 1 THEN 'full' ELSE 'reduced' END AS tax, status = 'A' AS active
  FROM artikel`;
const ERP_PRICES = `SELECT artikelnr AS key, (betrag * 100)::bigint::text AS cents, brutto = 1 AS gross FROM preis`;
const SHOP_PRODUCTS = `
  SELECT sku AS key, gtin, manufacturer, category_code, unit_code, weight_kg::text, vat_class, is_active FROM product`;
const SHOP_PRICES = 'SELECT sku AS key, amount_cents::text, gross FROM product_price';

/** What the ERP says now. */
export function readErp(erp: SqlStore): Promise<Held> {
  return read(erp, ERP_PRODUCTS, ERP_PRICES);
}

/** What a shop holds now, without the fields that only the hub brings. */
export function readShop(shop: SqlStore): Promise<Held> {
  return read(shop, SHOP_PRODUCTS, SHOP_PRICES);
}

async function read(store: SqlStore, products: string, prices: string): Promise<Held> {
  const toTexts = (rows: readonly Row[]): Map<string, string> =>
    new Map(rows.map(({ key, ...values }) => [key, JSON.stringify(Object.values(values))]));
  return { products: toTexts(await store.query<Row>(products)), prices: toTexts(await store.query<Row>(prices)) };
}
