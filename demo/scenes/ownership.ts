import type { Entity, ExplainReport } from '#contracts';
import { dropTexts, type BusinessStores } from '../stores/stores.js';
import type { SqlStore } from '../stores/sql-store.js';
import type { Findings, SceneFigures } from '../report.js';
import { until } from '../wait.js';
import type { Scene, World } from '../world.js';

/** One field: its owner changes it, then somebody else tries to. */
interface Contest {
  readonly field: string;
  readonly owner: string;
  readonly loser: string;
  readonly entity: Entity;
  readonly key: string;
  /** What the shop must hold, as its SQL prints it. */
  readonly wanted: string;
  readonly shopSql: string;
  /** The owner's change. */
  win(): Promise<unknown>;
  /** The other's edit; answers how many rows it changed. */
  lose(): Promise<unknown>;
}

/** Scene 2: every owner wins where it owns, and only there. */
export const ownership: Scene = {
  name: 'ownership',
  title: 'Scene 2: PIM, ERP, WMS and CRM each win where they own, and only there',
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    const contests = listContests(world.stores);
    await Promise.all(contests.map((contest) => contest.win()));
    for (const contest of contests) await untilInShop(world, contest, 'the owner’s value');
    await Promise.all(contests.map((contest) => contest.lose()));
    let corrected = 0;
    const rows = [];
    for (const contest of contests) {
      const said = await untilGoldenHeard(world, contest);
      await untilInShop(world, contest, 'the owner’s value again');
      const winner = said?.values.find(({ won }) => won)?.system;
      findings.expect(`${contest.field} of ${contest.key} is decided by`, contest.owner, winner);
      if (winner === contest.owner) corrected += 1;
      const shown = await readShop(world.stores.shop, contest);
      rows.push([contest.field, contest.owner, contest.loser, shown.slice(0, 40), winner ?? 'nobody']);
    }
    world.screen.table(['field', 'owner', 'edited also in', 'the shop holds', 'won by'], rows);
    return { planted: contests.length, found: contests.length, false: 0, fixed: corrected };
  },
};

function untilInShop(world: World, contest: Contest, what: string): Promise<true> {
  world.screen.progress(`${contest.field}: ${what}`);
  return until(
    `${contest.field} of ${contest.key} in the shop is ${what}: ${contest.wanted}`,
    async () => (await readShop(world.stores.shop, contest)) === contest.wanted,
  ).then(() => true as const);
}

async function readShop(shop: SqlStore, { shopSql, key }: Contest): Promise<string> {
  const [row] = await shop.query<{ value: string }>(shopSql, [key.split('|standard|')[0]?.replace(/@main$/, '')]);
  return row?.value ?? '';
}

/** Golden has the loser's value, as a value that lost; so what the shop holds is no accident of time. */
function untilGoldenHeard(world: World, contest: Contest): Promise<ExplainReport['fields'][string] | undefined> {
  const { entity, key, field, loser } = contest;
  world.screen.progress(`${field}: what ${loser} says must be heard, and lose`);
  return until(`golden heard ${field} of ${key} from ${loser}`, async () => {
    const report = await world.hub.golden<ExplainReport>(`/explain/${entity}/${encodeURIComponent(key)}`);
    const said = report.fields[field];
    const lost = said?.values.find(({ system, won }) => system === loser && !won);
    return lost && lost.at !== null ? said : null;
  });
}

function listContests(stores: BusinessStores): Contest[] {
  return [...productContests(stores), ...stockAndPriceContests(stores), ...customerContests(stores)];
}

function productContests(stores: BusinessStores): Contest[] {
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

function stockAndPriceContests({ erp, wms, shop, products }: BusinessStores): Contest[] {
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

function customerContests({ erp, crm, shop, customers }: BusinessStores): Contest[] {
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
