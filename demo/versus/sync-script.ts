// The plain sync script that `--versus` sets beside the hub, as it is often written: every second it reads the rows of
// the ERP that changed since the last one it saw, and upserts them into the shop. ERP_URL and SHOP_URL name the databases.
import pg from 'pg';

const PAGE = 500;
const PAUSE_MS = 1_000;
const ARTICLES = `
  SELECT artikelnr AS sku, ean13, hersteller, warengruppe, einheit, gewicht_g, steuerkz, status, geaendert_am::text AS at
  FROM artikel WHERE geaendert_am > $1 ORDER BY geaendert_am LIMIT ${PAGE}`;
const UPSERT_PRODUCT = `
  INSERT INTO product (sku, gtin, manufacturer, category_code, unit_code, weight_kg, vat_class, is_active)
  VALUES ($1, $2, $3, $4, CASE $5 WHEN 'ST' THEN 'C62' WHEN 'KG' THEN 'KGM' ELSE 'MTR' END, $6::integer * 0.001,
    CASE $7::integer WHEN 1 THEN 'full' ELSE 'reduced' END, $8 = 'A')
  ON CONFLICT (sku) DO UPDATE SET gtin = excluded.gtin, manufacturer = excluded.manufacturer,
    category_code = excluded.category_code, unit_code = excluded.unit_code, weight_kg = excluded.weight_kg,
    vat_class = excluded.vat_class, is_active = excluded.is_active`;
const PRICES = `
  SELECT artikelnr AS sku, liste, waehrung, betrag, brutto, geaendert_am::text AS at
  FROM preis WHERE geaendert_am > $1 ORDER BY geaendert_am LIMIT ${PAGE}`;
const UPSERT_PRICE = `
  INSERT INTO product_price (sku, price_list, currency, amount_cents, gross)
  VALUES ($1, $2, $3, $4::numeric * 100, $5::integer = 1)
  ON CONFLICT (sku, price_list, currency) DO UPDATE SET amount_cents = excluded.amount_cents, gross = excluded.gross`;
const STATE = 'CREATE TABLE IF NOT EXISTS sync_state (name text PRIMARY KEY, last_seen text NOT NULL)';

const erp = new pg.Client({ connectionString: process.env['ERP_URL'] });
const shop = new pg.Client({ connectionString: process.env['SHOP_URL'] });
await Promise.all([erp.connect(), shop.connect()]);
await shop.query(STATE);
for (;;) {
  await sync('artikel', ARTICLES, UPSERT_PRODUCT);
  await sync('preis', PRICES, UPSERT_PRICE);
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

async function sync(name: string, select: string, upsert: string): Promise<void> {
  const state = await shop.query<{ last_seen: string }>('SELECT last_seen FROM sync_state WHERE name = $1', [name]);
  let last = state.rows[0]?.last_seen ?? '-infinity';
  for (;;) {
    const { rows } = await erp.query<Record<string, unknown> & { at: string }>(select, [last]);
    for (const { at, ...values } of rows) {
      await shop.query(upsert, Object.values(values));
      last = at;
    }
    await shop.query(
      'INSERT INTO sync_state VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET last_seen = excluded.last_seen',
      [name, last],
    );
    if (rows.length < PAGE) return;
  }
}
