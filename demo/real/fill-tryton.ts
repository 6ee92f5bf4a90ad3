import type { DemoCustomer } from '../data/customers.js';
import type { DemoProduct } from '../data/products.js';
import { toDecimal, type TrytonDatabase } from './tryton.js';

const PAGE = 1_000;
/** What a run before left, but the company itself. */
const EMPTY = [
  'TRUNCATE product_template, stock_inventory CASCADE',
  `DELETE FROM ir_translation WHERE type = 'model' AND res_id > 0
     AND split_part(name, ',', 1) IN ('product.template', 'product.product')`,
  "DELETE FROM party_party WHERE code <> 'COMPANY'",
  'TRUNCATE ir_model_log',
];

/** Deletes the business data of a run before. */
export async function emptyTryton({ sql }: TrytonDatabase): Promise<void> {
  for (const statement of EMPTY) await sql.query(statement);
}

/** Products with prices, and customers with old addresses: the ERP does not own those. */
export async function fillErp(
  erp: TrytonDatabase,
  products: readonly DemoProduct[],
  customers: readonly DemoCustomer[],
): Promise<void> {
  await createProducts(erp, products, (product) => ({ list_price: toDecimal(toEuros(product.priceCents)) }));
  const retired = products.filter(({ active }) => !active).map(({ sku }) => sku);
  const variants = await erp.ids('SELECT code AS key, id FROM product_product WHERE code = ANY ($1)', retired);
  await erp.call('model.product.product.write', [[...variants.values()], { active: false }]);
  await erp.call('model.party.party.create', [customers.map(toParty)]);
}

/** Products by name alone, and an inventory that counts them all. */
export async function fillWms(wms: TrytonDatabase, products: readonly DemoProduct[]): Promise<void> {
  await createProducts(wms, products, () => ({}));
  await countStock(wms, new Map(products.map(({ sku, onHand }) => [sku, onHand])));
}

/** Somebody counts these products: Tryton makes and does the moves that are needed. */
export async function countStock(wms: TrytonDatabase, quantities: ReadonlyMap<string, number>): Promise<void> {
  const codes = [...quantities.keys()];
  const ids = await wms.ids('SELECT code AS key, id FROM product_product WHERE code = ANY ($1)', codes);
  const locations = await wms.ids(
    'SELECT type AS key, storage_location AS id FROM stock_location WHERE type = ANY ($1)',
    ['warehouse'],
  );
  const lines = codes.map((code) => ({ product: ids.get(code), quantity: quantities.get(code) }));
  const inventory = { location: locations.get('warehouse'), empty_quantity: 'keep', lines: [['create', lines]] };
  const made = await wms.call<number[]>('model.stock.inventory.create', [[inventory]]);
  await wms.call('model.stock.inventory.confirm', [made]);
}

async function createProducts(
  tryton: TrytonDatabase,
  products: readonly DemoProduct[],
  more: (product: DemoProduct) => object,
): Promise<void> {
  const units = await tryton.ids('SELECT symbol AS key, id FROM product_uom WHERE symbol = ANY ($1)', ['u', 'kg']);
  for (let start = 0; start < products.length; start += PAGE) {
    const templates = products.slice(start, start + PAGE).map((product) => ({
      ...{ name: product.name.en, default_uom: units.get('u'), type: 'goods' },
      ...{ weight: product.weightGrams / 1000, weight_uom: units.get('kg') },
      products: [['create', [{ suffix_code: product.sku, identifiers: [['create', toIdentifiers(product)]] }]]],
      ...more(product),
    }));
    await tryton.call('model.product.template.create', [templates]);
  }
}

function toIdentifiers({ ean, brand }: DemoProduct): object[] {
  return [{ type: 'brand', code: brand }, ...(ean === null ? [] : [{ type: 'ean', code: ean }])];
}

function toParty({ id, number, name }: DemoCustomer): object {
  const mechanisms = [{ type: 'email', value: `alt.${id}@example.net` }];
  return { name, code: number, contact_mechanisms: [['create', mechanisms]] };
}

function toEuros(cents: number): string {
  return (cents / 100).toFixed(2);
}
