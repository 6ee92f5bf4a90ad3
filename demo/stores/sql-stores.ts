import type { Entity } from '#contracts';
import { agree, type Agreement } from './agreement.js';
import type { BusinessStores, Contest, PlantedDrift, RaisedPrice } from './business-stores.js';
import { listContests } from './sql-contests.js';
import { plantDrift } from './sql-drift.js';
import { readSides } from './sql-sides.js';
import { createStoreSet, type DemoSize, type SqlStoreSet, type StorePlaces } from './store-set.js';

const SHOP_COUNT = `
  SELECT (SELECT count(*) FROM product) + (SELECT count(*) FROM product_price) + (SELECT count(*) FROM inventory)
    + (SELECT count(*) FROM customer) AS count`;
const DAMAGE = `
  UPDATE product SET
    title_de = CASE id % 3 WHEN 0 THEN 'ERROR' ELSE title_de END,
    weight_kg = CASE id % 3 WHEN 1 THEN coalesce(weight_kg, 0) + 1000 ELSE weight_kg END,
    is_active = CASE id % 3 WHEN 2 THEN NOT is_active ELSE is_active END
  WHERE sku = ANY ($1)`;
const RESTORE = `
  UPDATE preis SET betrag = s.betrag FROM preis_sicherung s
  WHERE s.preis_id = preis.preis_id AND preis.betrag IS DISTINCT FROM s.betrag`;

/** The demo's own stores: PostgreSQL databases of different shapes, and a folder of files. */
export class SqlStores implements BusinessStores {
  readonly scale = { zeroed: 2_000, inFlightPerSecond: 50, seedPerSecond: 200 };
  readonly facts = 'ERP, CRM, WMS and shop are PostgreSQL databases, the PIM is a folder';
  readonly hubFile = 'plumbline.yaml';
  readonly scanned = [];
  readonly notes = {};

  private constructor(readonly set: SqlStoreSet) {}

  /** Creates databases and folder, and fills all but the shop. */
  static async create(places: StorePlaces, size: DemoSize): Promise<SqlStores> {
    return new SqlStores(await createStoreSet(places, size));
  }

  get products(): SqlStoreSet['products'] {
    return this.set.products;
  }

  get customers(): SqlStoreSet['customers'] {
    return this.set.customers;
  }

  get environment(): SqlStoreSet['environment'] {
    return this.set.environment;
  }

  suggest(sku: string): readonly string[] {
    return [
      `psql "$ERP_URL" -c "UPDATE preis SET betrag = 9.99 WHERE artikelnr = '${sku}'"`,
      `psql "$SHOP_URL" -c "SELECT * FROM product_price WHERE sku = '${sku}'"`,
      `psql "$SHOP_URL" -c "UPDATE product SET title_de = 'mine' WHERE sku = '${sku}'"    # the PIM wins`,
    ];
  }

  async raisePrice(sku: string): Promise<RaisedPrice> {
    const { erp } = this.set;
    const [old] = await erp.query<{ betrag: string }>('SELECT betrag FROM preis WHERE artikelnr = $1', [sku]);
    const [row] = await erp.query<{ betrag: string }>(
      'UPDATE preis SET betrag = betrag + 1.37 WHERE artikelnr = $1 RETURNING betrag',
      [sku],
    );
    return { before: old?.betrag ?? '', after: row?.betrag ?? '' };
  }

  async readShopCents(sku: string): Promise<string | null> {
    const text = 'SELECT amount_cents::text AS cents FROM product_price WHERE sku = $1';
    const [price] = await this.set.shop.query<{ cents: string }>(text, [sku]);
    return price?.cents ?? null;
  }

  async countShop(): Promise<number> {
    const [row] = await this.set.shop.query<{ count: string }>(SHOP_COUNT);
    return Number(row?.count);
  }

  async compare(entity: Entity): Promise<Agreement> {
    return agree(...(await readSides(this.set, entity)));
  }

  contests(): readonly Contest[] {
    return listContests(this.set);
  }

  async changeInFlight(prices: readonly string[], stocks: readonly string[]): Promise<void> {
    const { erp, wms } = this.set;
    await erp.query('UPDATE preis SET betrag = betrag + 0.01 WHERE artikelnr = ANY ($1)', [prices]);
    await wms.query('UPDATE stock_position SET quantity = quantity + 1 WHERE item_code = ANY ($1)', [stocks]);
  }

  plantDrift(): Promise<PlantedDrift[]> {
    return plantDrift(this.set);
  }

  damageShop(skus: readonly string[]): Promise<number> {
    return this.set.shop.behindTheBack([[DAMAGE, [skus]]]);
  }

  async zeroPrices(count: number): Promise<number> {
    const { erp } = this.set;
    await erp.query('CREATE TABLE preis_sicherung AS SELECT preis_id, betrag FROM preis');
    const rows = await erp.query('UPDATE preis SET betrag = 0 WHERE preis_id <= $1 RETURNING preis_id', [count]);
    return rows.length;
  }

  async restorePrices(): Promise<void> {
    await this.set.erp.query(RESTORE);
  }

  async countZeroPricesInShop(): Promise<number> {
    const text = 'SELECT count(*) FROM product_price WHERE amount_cents = 0';
    const [row] = await this.set.shop.query<{ count: string }>(text);
    return Number(row?.count);
  }

  lastWrite(): Promise<string> {
    return this.set.shop.lastWrite();
  }

  async foreignWrites(sinceId: string): Promise<string[]> {
    const writes = await this.set.shop.foreignWrites(sinceId);
    return writes.map((one) => `${one.writer} wrote ${one.rowCount} ${one.relation} (${one.operation})`);
  }

  async changeWeights(places: readonly number[]): Promise<void> {
    const ids = places.map((place) => place + 1);
    await this.set.erp.query('UPDATE artikel SET gewicht_g = gewicht_g + 1 WHERE artikel_id = ANY ($1)', [ids]);
  }

  async weights(): Promise<ReadonlyMap<string, string>> {
    const text = 'SELECT artikelnr AS key, trim_scale(gewicht_g * 0.001)::text AS weight FROM artikel';
    const rows = await this.set.erp.query<{ key: string; weight: string }>(text);
    return new Map(rows.map(({ key, weight }) => [key, weight]));
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    const { erp, crm, wms, shop } = this.set;
    await Promise.all([erp, crm, wms, shop].map((store) => store.close()));
  }
}
