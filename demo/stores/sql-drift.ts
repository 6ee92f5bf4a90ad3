import type { Entity } from '#contracts';
import { SeededRandom } from '../data/random.js';
import type { DriftKind, PlantedDrift } from './business-stores.js';
import type { SqlStoreSet } from './store-set.js';

type Statement = readonly [text: string, values: readonly unknown[]];

interface ShopTable {
  readonly entity: Entity;
  readonly table: string;
  readonly column: string;
  /** Edits in turn, one field or more each. */
  readonly edits: readonly string[];
  readonly insert: string;
  readonly counts: Readonly<Record<DriftKind, number>>;
  toKey(column: string): string;
}

/** Rows planted with this time of change look as if they had been there for years. */
const LONG_AGO = '2020-01-01T00:00:00Z';
const TABLES: readonly ShopTable[] = [
  {
    ...{ entity: 'product', table: 'product', column: 'sku', counts: { changed: 30, missing: 8, foreign: 10 } },
    edits: [
      `title_de = title_de || ' (B-Ware)'`,
      'weight_kg = coalesce(weight_kg, 0) + 1.5',
      'is_active = NOT is_active',
      `manufacturer = 'unknown', category_code = NULL`,
      'body_en = NULL',
      `gtin = '000'`,
    ],
    insert: `INSERT INTO product (sku, title_de, updated_at) VALUES ($1, 'Fremdartikel', '${LONG_AGO}')`,
    toKey: (sku) => sku,
  },
  {
    ...{ entity: 'price', table: 'product_price', column: 'sku', counts: { changed: 15, missing: 5, foreign: 5 } },
    edits: ['amount_cents = amount_cents + 100', 'gross = NOT gross', `valid_until = '2030-01-01T00:00:00Z'`],
    insert: `INSERT INTO product_price (sku, price_list, currency, amount_cents, updated_at)
      VALUES ($1, 'standard', 'EUR', 1, '${LONG_AGO}')`,
    toKey: (sku) => `${sku}|standard|EUR||`,
  },
  {
    ...{ entity: 'stock-level', table: 'inventory', column: 'sku', counts: { changed: 10, missing: 4, foreign: 3 } },
    edits: ['quantity = quantity + 1', 'reorder_level = NULL'],
    insert: `INSERT INTO inventory (sku, location, quantity, updated_at) VALUES ($1, 'main', 5, '${LONG_AGO}')`,
    toKey: (sku) => `${sku}@main`,
  },
  {
    ...{ entity: 'customer', table: 'customer', column: 'number', counts: { changed: 5, missing: 3, foreign: 2 } },
    edits: [`email = 'x' || email`, 'city = NULL', `name = upper(name) || '!'`],
    insert: `INSERT INTO customer (number, name, updated_at) VALUES ($1, 'Unbekannt', '${LONG_AGO}')`,
    toKey: (number) => number,
  },
];

/** Records from this place on are used by this scene only; the ones before are the other scenes'. */
const FIRST_DRIFTED = 400;

/** Plants 60 edits, 20 deletes and 20 foreign rows in one transaction that touches no time of change. */
export async function plantDrift(stores: SqlStoreSet): Promise<PlantedDrift[]> {
  const random = new SeededRandom(3);
  const planted: PlantedDrift[] = [];
  const statements: Statement[] = [];
  for (const table of TABLES) {
    const columns =
      table.entity === 'customer'
        ? stores.customers.map(({ number }) => number)
        : stores.products.map(({ sku }) => sku);
    const start = table.entity === 'customer' ? FIRST_DRIFTED / 2 : FIRST_DRIFTED;
    const half = columns.slice(start, Math.floor(columns.length / 2) + start / 2);
    const chosen = choose(half, table.counts.changed + table.counts.missing, random);
    for (const [index, column] of chosen.entries()) {
      const isEdit = index < table.counts.changed;
      planted.push({ entity: table.entity, kind: isEdit ? 'changed' : 'missing', key: table.toKey(column) });
      statements.push([
        isEdit ? editSql(table, index) : `DELETE FROM ${table.table} WHERE ${table.column} = $1`,
        [column],
      ]);
    }
    for (let index = 1; index <= table.counts.foreign; index += 1) {
      const column = `FREMD „${index}“`;
      planted.push({ entity: table.entity, kind: 'foreign', key: table.toKey(column) });
      statements.push([table.insert, [column]]);
    }
  }
  await stores.shop.behindTheBack(statements);
  return planted;
}

function editSql({ table, column, edits }: ShopTable, index: number): string {
  return `UPDATE ${table} SET ${edits[index % edits.length] ?? ''} WHERE ${column} = $1`;
}

function choose(values: readonly string[], count: number, random: SeededRandom): string[] {
  const chosen = new Set<string>();
  while (chosen.size < count) chosen.add(values[random.whole(0, values.length - 1)] ?? '');
  return [...chosen];
}
