import type { Entity } from '#contracts';
import { agree, type Agreement } from '../stores/agreement.js';
import type { BusinessStores, Contest, PlantedDrift, RaisedPrice } from '../stores/business-stores.js';
import { BottleCrm } from './bottlecrm.js';
import { countStock, emptyTryton, fillErp, fillWms } from './fill-tryton.js';
import { listContests } from './real-contests.js';
import { realCustomers, realProducts } from './real-data.js';
import { fillPrepared } from './prepared-data.js';
import { plantDrift } from './real-drift.js';
import { readSides, STOCK } from './real-sides.js';
import type { RealSystems } from './real-systems.js';
import { toDecimal, TrytonDatabase } from './tryton.js';
import { VendureShop } from './vendure.js';

const LIVE = 'v."deletedAt" IS NULL';
const SHOP_COUNT = `
  SELECT count(*) + (SELECT count(*) FROM customer WHERE "deletedAt" IS NULL)
    + (SELECT count(*) FROM product_variant_price AS p JOIN product_variant AS v ON v.id = p."variantId" WHERE ${LIVE})
    + (SELECT count(*) FROM stock_level AS l JOIN product_variant AS v ON v.id = l."productVariantId" WHERE ${LIVE}) AS count
  FROM product_variant AS v WHERE ${LIVE}`;
const SHOP_PRICE = `
  SELECT p.price::text AS cents FROM product_variant_price AS p JOIN product_variant AS v ON v.id = p."variantId"
  WHERE ${LIVE} AND p."currencyCode" = 'EUR'`;
const DAMAGE = [
  `UPDATE product_variant_translation AS t SET name = 'ERROR' FROM product_variant AS v
   WHERE t."baseId" = v.id AND t."languageCode" = 'en' AND v.id % 3 = 0 AND ${LIVE} AND v.sku = ANY ($1)`,
  `UPDATE product_variant AS v SET "customFieldsWeight" = coalesce("customFieldsWeight", 0) + 1000
   WHERE id % 3 = 1 AND ${LIVE} AND sku = ANY ($1)`,
  `UPDATE product_variant AS v SET enabled = NOT enabled WHERE id % 3 = 2 AND ${LIVE} AND sku = ANY ($1)`,
];
const LIST_PRICES = `
  SELECT p.code AS key, p.template AS id, l.list_price::text AS price
  FROM product_product AS p JOIN product_list_price AS l ON l.template = p.template WHERE p.code = ANY ($1)`;
const WEIGHTS = `
  SELECT p.code AS key, t.id, trim_scale(t.weight::numeric)::text AS weight
  FROM product_product AS p JOIN product_template AS t ON t.id = p.template`;

/** Addresses of the systems, as the launcher prints them. */
export type RealAddresses = Readonly<Record<'TRYTON_URL' | 'VENDURE_URL' | 'BOTTLECRM_URL', string>>;

interface ListPrice {
  readonly id: number;
  readonly price: string;
}

/** Tryton as ERP and as WMS, a Vendure shop and BottleCRM, changed by their own APIs and read by SQL. */
export class RealStores implements BusinessStores {
  readonly scale = { zeroed: 200, inFlightPerSecond: 6, seedPerSecond: 10 };
  readonly facts = 'ERP and WMS are two databases of a Tryton server, the shop is a Vendure, the CRM a BottleCRM';
  readonly hubFile = 'plumbline-real.yaml';
  readonly scanned = ['crm'];
  readonly notes = {
    ownership: 'BottleCRM has no change cursor and is scanned once a minute: the scene starts that scan itself.',
    drift: 'Edits are SQL in Vendure’s database that moves no time; a deleted variant takes its price and stock along.',
    'bad-day': 'Vendure has no audit of writes: the demo adds triggers to its database. Damage is SQL, as in scene 3.',
  };
  private backup: readonly ListPrice[] = [];

  private constructor(
    private readonly systems: RealSystems,
    readonly environment: Readonly<Record<string, string>>,
  ) {}

  /** Deletes what a run before left, and fills all but the shop. */
  static async create(addresses: RealAddresses, serverUrl: string, products: number): Promise<RealStores> {
    const url = new URL(addresses.TRYTON_URL);
    const shopUrl = new URL(addresses.VENDURE_URL);
    const systems: RealSystems = {
      erp: new TrytonDatabase(url, serverUrl, 'tryton_erp'),
      wms: new TrytonDatabase(url, serverUrl, 'tryton_wms'),
      crm: new BottleCrm(new URL(addresses.BOTTLECRM_URL), serverUrl),
      shop: new VendureShop(shopUrl, serverUrl),
      products: realProducts(products),
      customers: realCustomers(Math.max(100, Math.floor(products / 5))),
    };
    shopUrl.hash = '';
    const { TRYTON_URL, BOTTLECRM_URL } = addresses;
    const environment = { TRYTON_URL, BOTTLECRM_URL, VENDURE_URL: shopUrl.href, SHOP_DATABASE: systems.shop.sql.url };
    await fill(systems);
    return new RealStores(systems, environment);
  }

  get products(): RealSystems['products'] {
    return this.systems.products;
  }

  get customers(): RealSystems['customers'] {
    return this.systems.customers;
  }

  suggest(sku: string): readonly string[] {
    const edit = `UPDATE product_variant SET enabled = NOT enabled WHERE sku = '${sku}'`;
    return [`psql "$SHOP_DATABASE" -c "${edit}"    # drift: the round below finds it`];
  }

  async raisePrice(sku: string): Promise<RaisedPrice> {
    const [found] = await this.readPrices([sku]);
    const cents = Math.round(Number(found?.price) * 100);
    const [before, after] = [toEuros(cents), toEuros(cents + 137)];
    await this.systems.erp.call('model.product.template.write', [[found?.id], { list_price: toDecimal(after) }]);
    return { before, after };
  }

  async readShopCents(sku: string): Promise<string | null> {
    const [row] = await this.systems.shop.sql.query<{ cents: string }>(`${SHOP_PRICE} AND v.sku = $1`, [sku]);
    return row?.cents ?? null;
  }

  async countShop(): Promise<number> {
    const [row] = await this.systems.shop.sql.query<{ count: string }>(SHOP_COUNT);
    return Number(row?.count);
  }

  async compare(entity: Entity): Promise<Agreement> {
    return agree(...(await readSides(this.systems, entity)));
  }

  contests(): readonly Contest[] {
    return listContests(this.systems);
  }

  async changeInFlight(prices: readonly string[], stocks: readonly string[]): Promise<void> {
    const { wms } = this.systems;
    await this.writePrices(await this.readPrices(prices), (cents) => cents + 1);
    if (stocks.length === 0) return;
    const known = await wms.sql.query<{ key: string; quantity: string }>(STOCK);
    const counted = known.filter(({ key }) => stocks.includes(key));
    await countStock(wms, new Map(counted.map(({ key, quantity }) => [key, Number(quantity) + 1])));
  }

  plantDrift(): Promise<PlantedDrift[]> {
    return plantDrift(this.systems);
  }

  damageShop(skus: readonly string[]): Promise<number> {
    return this.systems.shop.sql.behindTheBack(DAMAGE.map((text) => [text, [skus]]));
  }

  async zeroPrices(count: number): Promise<number> {
    this.backup = await this.readPrices(this.products.slice(0, count).map(({ sku }) => sku));
    const ids = this.backup.map(({ id }) => id);
    await this.systems.erp.call('model.product.template.write', [ids, { list_price: toDecimal('0') }]);
    return ids.length;
  }

  restorePrices(): Promise<void> {
    return this.writePrices(this.backup, (cents) => cents);
  }

  async countZeroPricesInShop(): Promise<number> {
    return (await this.systems.shop.sql.query(`${SHOP_PRICE} AND p.price = 0`)).length;
  }

  lastWrite(): Promise<string> {
    return this.systems.shop.sql.lastWrite();
  }

  async foreignWrites(sinceId: string): Promise<string[]> {
    const writes = await this.systems.shop.sql.foreignWrites(sinceId);
    return writes.map(({ rowCount, relation, operation }) => {
      const what = relation.replace('product_variant_price', 'price');
      return `Vendure wrote ${rowCount} ${what} (${operation})`;
    });
  }

  async changeWeights(places: readonly number[]): Promise<void> {
    const codes = places.map((place) => this.products[place]?.sku);
    const rows = await this.systems.erp.sql.query<{ id: number; weight: string }>(
      `${WEIGHTS} WHERE p.code = ANY ($1)`,
      [codes],
    );
    const heavier = rows.flatMap(({ id, weight }) => [[id], { weight: Math.round(Number(weight) * 1000 + 1) / 1000 }]);
    await this.systems.erp.call('model.product.template.write', heavier);
  }

  async weights(): Promise<ReadonlyMap<string, string>> {
    const rows = await this.systems.erp.sql.query<{ key: string; weight: string }>(WEIGHTS);
    return new Map(rows.map(({ key, weight }) => [key, weight]));
  }

  /** Closes the connections. */
  async close(): Promise<void> {
    const { erp, wms, crm, shop } = this.systems;
    await Promise.all([erp, wms, crm, shop].map((system) => system.close()));
  }

  private readPrices(skus: readonly string[]): Promise<ListPrice[]> {
    return this.systems.erp.sql.query<ListPrice>(LIST_PRICES, [skus]);
  }

  private async writePrices(prices: readonly ListPrice[], change: (cents: number) => number): Promise<void> {
    if (prices.length === 0) return;
    const writes = prices.flatMap(({ id, price }) => [
      [id],
      { list_price: toDecimal(toEuros(change(Math.round(Number(price) * 100)))) },
    ]);
    await this.systems.erp.call('model.product.template.write', writes);
  }
}

async function fill({ erp, wms, crm, shop, products, customers }: RealSystems): Promise<void> {
  const fillAll = async (tryton: TrytonDatabase, put: () => Promise<void>): Promise<void> => {
    await emptyTryton(tryton);
    await put();
  };
  await Promise.all([
    ...[shop.empty(), crm.fill(customers)],
    fillPrepared(erp, [products, customers], () => fillAll(erp, () => fillErp(erp, products, customers))),
    fillPrepared(wms, products, () => fillAll(wms, () => fillWms(wms, products))),
  ]);
}

function toEuros(cents: number): string {
  return (cents / 100).toFixed(2);
}
