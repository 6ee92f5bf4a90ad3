import type { Contest } from './business-stores.js';
import { dropTexts, type SqlStoreSet } from './store-set.js';

interface SqlContest extends Omit<Contest, 'readShop'> {
  readonly shopSql: string;
}

/** Contests between the owners of the demo's stores, each on a record that no other scene uses. */
export function listContests(stores: SqlStoreSet): Contest[] {
  const contests = [...productContests(stores), ...stockAndPriceContests(stores), ...customerContests(stores)];
  return contests.map(({ shopSql, ...contest }) => ({
    ...contest,
    readShop: () => readShop(stores, shopSql, contest.key),
  }));
}

async function readShop({ shop }: SqlStoreSet, shopSql: string, key: string): Promise<string> {
  const [row] = await shop.query<{ value: string }>(shopSql, [key.split('|standard|')[0]?.replace(/@main$/, '')]);
  return row?.value ?? '';
}

function productContests(stores: SqlStoreSet): SqlContest[] {
  const { erp, shop, products, pimTexts } = stores;
  const [a, b, c] = [products[100], products[101], products[102]];
  if (!a || !b || !c) return [];
  const texts = (sku: string, de: string) => {
    const known = pimTexts.get(sku) ?? a;
    return { ...known, name: { ...known.name, de } };
  };
  const title = {
    owner: 'pim',
    entity: 'product',
    field: 'name',
    shopSql: 'SELECT title_de AS value FROM product WHERE sku = $1',
  } as const;
  return [
    {
      ...{ ...title, loser: 'shop', key: a.sku, wanted: 'Neuer Name „A“ 🔩' },
      win: async () => dropTexts(stores, texts(a.sku, 'Neuer Name „A“ 🔩')),
      lose: () => shop.query('UPDATE product SET title_de = $2 WHERE sku = $1', [a.sku, 'from the shop']),
    },
    {
      ...{ ...title, loser: 'erp', key: b.sku, wanted: 'Neuer Name B; "zwei"' },
      win: async () => dropTexts(stores, texts(b.sku, 'Neuer Name B; "zwei"')),
      lose: () => erp.query('UPDATE artikel SET bezeichnung = $2 WHERE artikelnr = $1', [b.sku, 'FROM THE ERP']),
    },
    {
      ...{ owner: 'erp', loser: 'pim', entity: 'product', field: 'brand', key: c.sku, wanted: 'Neue Marke' },
      shopSql: 'SELECT manufacturer AS value FROM product WHERE sku = $1',
      win: () => erp.query('UPDATE artikel SET hersteller = $2 WHERE artikelnr = $1', [c.sku, 'Neue Marke']),
      lose: async () => dropTexts(stores, { ...texts(c.sku, c.name.de), brand: 'from the PIM' }),
    },
  ];
}

function stockAndPriceContests({ erp, wms, shop, products }: SqlStoreSet): SqlContest[] {
  const [d, e] = [products[103]?.sku ?? '', products[104]?.sku ?? ''];
  return [
    {
      ...{ owner: 'erp', loser: 'shop', entity: 'price', field: 'amount', key: `${d}|standard|EUR||`, wanted: '4242' },
      shopSql: 'SELECT amount_cents::text AS value FROM product_price WHERE sku = $1',
      win: () => erp.query('UPDATE preis SET betrag = 42.42 WHERE artikelnr = $1', [d]),
      lose: () => shop.query('UPDATE product_price SET amount_cents = 1 WHERE sku = $1', [d]),
    },
    {
      ...{ owner: 'wms', loser: 'shop', entity: 'stock-level', field: 'onHand', key: `${e}@main`, wanted: '777.000' },
      shopSql: 'SELECT quantity::text AS value FROM inventory WHERE sku = $1',
      win: () => wms.query('UPDATE stock_position SET quantity = 777 WHERE item_code = $1', [e]),
      lose: () => shop.query('UPDATE inventory SET quantity = 99999 WHERE sku = $1', [e]),
    },
  ];
}

function customerContests({ erp, crm, shop, customers }: SqlStoreSet): SqlContest[] {
  const [f, g] = [customers[100]?.number ?? '', customers[101]?.number ?? ''];
  const contact = {
    owner: 'crm',
    entity: 'customer',
    field: 'email',
    shopSql: 'SELECT email AS value FROM customer WHERE number = $1',
  } as const;
  return [
    {
      ...{ ...contact, loser: 'shop', key: f, wanted: 'neu@example.com' },
      win: () => crm.query('UPDATE contact SET email_address = $2 WHERE customer_no = $1', [f, 'neu@example.com']),
      lose: () => shop.query('UPDATE customer SET email = $2 WHERE number = $1', [f, 'shop@example.org']),
    },
    {
      ...{ ...contact, loser: 'erp', key: g, wanted: 'auch.neu@example.com' },
      win: () => crm.query('UPDATE contact SET email_address = $2 WHERE customer_no = $1', [g, 'auch.neu@example.com']),
      lose: () => erp.query('UPDATE kunde SET email = $2 WHERE kundennr = $1', [g, 'erp@example.org']),
    },
  ];
}
