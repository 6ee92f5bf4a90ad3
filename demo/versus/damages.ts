import { pause } from '../wait.js';
import type { SqlStore } from '../stores/sql-store.js';
import type { Held } from './rows.js';

/** The two ways of syncing, and what they sync. */
export interface Contestants {
  readonly erp: SqlStore;
  readonly hubShop: SqlStore;
  readonly scriptShop: SqlStore;
  readonly skus: readonly string[];
  /** Ends both syncers by `kill -9` and starts them again. */
  readonly killBoth: () => Promise<void>;
}

/** One kind of damage, on articles of its own. */
export interface Damage {
  readonly kind: string;
  readonly skus: readonly string[];
  readonly part: keyof Held;
  /** Whether the shop is right when it holds what the ERP held before. */
  readonly isRefused?: boolean;
  plant(): Promise<unknown>;
}

/** More rows than a page of the script, and than one of the hub. */
const TIED = 700;
const LONG_MS = 2_000;
const HEAVIER = 'UPDATE artikel SET gewicht_g = gewicht_g + 10 WHERE artikelnr = ANY ($1)';

/** All kinds in the order in which they happen; the first is no damage, but ordinary work. */
export function listDamages(sides: Contestants): Damage[] {
  const left = [...sides.skus];
  const take = (count: number): string[] => left.splice(0, count);
  const { erp, hubShop, scriptShop } = sides;
  const [usual, late, tied] = [take(100), take(20), take(TIED)];
  const [gone, cut, edited, zeroed] = [take(5), take(300), take(20), take(200)];
  const remove = async (): Promise<void> => {
    await erp.query('DELETE FROM preis WHERE artikelnr = ANY ($1)', [gone]);
    await erp.query('DELETE FROM artikel WHERE artikelnr = ANY ($1)', [gone]);
  };
  const edit = 'UPDATE product SET manufacturer = $2, weight_kg = 1 WHERE sku = ANY ($1)';
  return [
    {
      ...{ kind: 'no damage: prices change', part: 'prices', skus: usual },
      plant: () => erp.query('UPDATE preis SET betrag = betrag + 0.5 WHERE artikelnr = ANY ($1)', [usual]),
    },
    { kind: 'late commits', part: 'products', skus: late, plant: () => commitLate(sides, late) },
    { kind: 'one time for 700 rows', part: 'products', skus: tied, plant: () => erp.query(HEAVIER, [tied]) },
    { kind: 'deletes in the ERP', part: 'products', skus: gone, plant: remove },
    { kind: 'kill -9 while it writes', part: 'products', skus: cut, plant: () => killWhileWriting(sides, cut) },
    {
      ...{ kind: 'edits behind its back', part: 'products', skus: edited },
      plant: () => Promise.all([hubShop, scriptShop].map((shop) => shop.behindTheBack([[edit, [edited, 'somebody']]]))),
    },
    {
      ...{ kind: 'prices set to zero', part: 'prices', skus: zeroed, isRefused: true },
      plant: () => erp.query('UPDATE preis SET betrag = 0 WHERE artikelnr = ANY ($1)', [zeroed]),
    },
  ];
}

/** A transaction begins, others commit rows that both syncers read, and then it commits. */
async function commitLate({ erp, skus }: Contestants, late: readonly string[]): Promise<void> {
  const other = skus.at(-1);
  const release = await erp.hold(HEAVIER, [late]);
  const endsAtMs = Date.now() + LONG_MS;
  while (Date.now() < endsAtMs) {
    await erp.query(HEAVIER, [[other]]);
    await pause(200);
  }
  await release();
}

/** Ten transactions, so that each row page has its own time; both syncers are in the middle when they end. */
async function killWhileWriting(
  { erp, hubShop, scriptShop, killBoth }: Contestants,
  skus: readonly string[],
): Promise<void> {
  const size = Math.ceil(skus.length / 10);
  for (let start = 0; start < skus.length; start += size) await erp.query(HEAVIER, [skus.slice(start, start + size)]);
  const before = await Promise.all([countAt(hubShop, skus), countAt(scriptShop, skus)]);
  const endsAtMs = Date.now() + 5_000;
  while (Date.now() < endsAtMs) {
    const now = await Promise.all([countAt(hubShop, skus), countAt(scriptShop, skus)]);
    if (now.some((newest, side) => newest !== before[side])) break;
  }
  await killBoth();
}

/** Changes when one of these rows is written. */
async function countAt(shop: SqlStore, skus: readonly string[]): Promise<string> {
  const [row] = await shop.query<{ newest: string }>(
    'SELECT max(updated_at)::text AS newest FROM product WHERE sku = ANY ($1)',
    [skus],
  );
  return row?.newest ?? '';
}
