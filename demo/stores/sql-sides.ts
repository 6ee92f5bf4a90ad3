import type { Entity } from '#contracts';
import { join, toRows, type Row, type Rows } from './agreement.js';
import type { SqlStoreSet } from './store-set.js';

const ARTICLES = `
  SELECT artikelnr AS key, ean13, hersteller, warengruppe, CASE einheit WHEN 'ST' THEN 'C62' WHEN 'KG' THEN 'KGM' ELSE 'MTR' END
    AS unit, (gewicht_g * 0.001)::text AS weight, CASE steuerkz WHEN 1 THEN 'full' ELSE 'reduced' END AS tax, status = 'A' AS active
  FROM artikel`;
const SHOP_PRODUCTS = `
  SELECT sku AS key, gtin, manufacturer, category_code, unit_code, weight_kg::text, vat_class, is_active,
    title_de, title_en, body_de, body_en FROM product`;
const PRICES = `
  SELECT artikelnr AS key, (betrag * 100)::bigint::text AS cents, brutto = 1 AS gross, gueltig_bis FROM preis`;
const SHOP_PRICES = 'SELECT sku AS key, amount_cents::text, gross, valid_until FROM product_price';
const STOCK = 'SELECT item_code AS key, quantity::text, minimum::text FROM stock_position';
const SHOP_STOCK = 'SELECT sku AS key, quantity::text, reorder_level::text FROM inventory';
const ERP_CUSTOMERS = 'SELECT kundennr AS key, firma, ustid, preisgruppe FROM kunde';
const CONTACTS = `
  SELECT customer_no AS key, email_address, phone_number, address_line, zip, town, country_code FROM contact`;
const SHOP_CUSTOMERS = `
  SELECT number AS key, name, vat_id, price_group, email, phone, street, postcode, city, country FROM customer`;

/** What the owners say of one entity, and what the shop holds. */
export async function readSides(stores: SqlStoreSet, entity: Entity): Promise<[Rows, Rows]> {
  const { erp, crm, wms, shop } = stores;
  switch (entity) {
    case 'product':
      return [withTexts(stores, await erp.query<Row>(ARTICLES)), toRows(await shop.query<Row>(SHOP_PRODUCTS))];
    case 'price':
      return [toRows(await erp.query<Row>(PRICES)), toRows(await shop.query<Row>(SHOP_PRICES))];
    case 'stock-level':
      return [toRows(await wms.query<Row>(STOCK)), toRows(await shop.query<Row>(SHOP_STOCK))];
    case 'customer':
      return [
        toRows(join(await erp.query<Row>(ERP_CUSTOMERS), await crm.query<Row>(CONTACTS))),
        toRows(await shop.query<Row>(SHOP_CUSTOMERS)),
      ];
  }
}

function withTexts({ pimTexts }: SqlStoreSet, articles: readonly Row[]): Rows {
  const texts = (key: string): Row => {
    const { name, description } = pimTexts.get(key) ?? { name: null, description: null };
    return { key, de: name?.de, en: name?.en, bodyDe: description?.de, bodyEn: description?.en };
  };
  return toRows(articles.map((article) => ({ ...article, ...texts(article.key) })));
}
