import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#store-postgres';
import { firstCold } from './live-writes.js';
import { skuOf } from './stores.js';

/** Kinds of drift, as a round names them. */
export type PlantedKind = 'changed' | 'missing' | 'foreign';

/** One drift that the bench made. */
export interface Planted {
  readonly sku: string;
  readonly kind: PlantedKind;
}

const EDITS = [
  `brand = brand || ' by hand'`,
  `ean = '0'`,
  `name_de = 'Schraube'`,
  `name_en = NULL`,
  `unit = 'PCE'`,
  `tax_class = 'none'`,
  'active = NOT active',
];
const EVERY_MS = 2_000;
/** A round may repair 2 % of the products in a day and delete none but 0.5 %: what is planted stays below. */
const MOST_SHARE = 0.015;

/** Makes drift on cold products of the shop that no cursor can see: neither time nor trigger tells of it. */
export class Planter {
  readonly planted: Planted[] = [];
  private readonly cold: string[];
  private isStopping = false;

  constructor(
    private readonly database: Database,
    private readonly products: number,
  ) {
    const first = firstCold(products);
    this.cold = Array.from({ length: products - first + 1 }, (_, index) => skuOf(first + index));
  }

  /** Plants one drift after the other until {@link stop}; no product twice. */
  async run(): Promise<void> {
    for (let n = 0; !this.isStopping && n < this.products * MOST_SHARE; n += 1) {
      await this.plant(n);
      await sleep(EVERY_MS);
    }
  }

  stop(): void {
    this.isStopping = true;
  }

  private async plant(n: number): Promise<void> {
    const kind = n % 10 === 4 ? 'missing' : n % 10 === 9 ? 'foreign' : 'changed';
    const [picked = ''] = this.cold.splice(Math.floor(Math.random() * this.cold.length), 1);
    const sku = kind === 'foreign' ? `${picked}-X` : picked;
    await this.database.transaction(async (sql) => {
      // no trigger fires: neither the time of the change, nor the note that a write of the hub would leave
      await sql.query(`SET LOCAL session_replication_role = replica`);
      if (kind === 'changed') await sql.query(`UPDATE shop.product SET ${editOf(n)} WHERE sku = $1`, [sku]);
      if (kind === 'missing') await sql.query('DELETE FROM shop.product WHERE sku = $1', [sku]);
      if (kind === 'foreign')
        await sql.query(
          `INSERT INTO shop.product (sku, brand, active, updated_at) VALUES ($1, 'nobody', true, clock_timestamp() - interval '1 year')`,
          [sku],
        );
      await sql.query('INSERT INTO public.planted (sku, kind) VALUES ($1, $2)', [sku, kind]);
    });
    this.planted.push({ sku, kind });
  }
}

function editOf(n: number): string {
  return EDITS[n % EDITS.length] ?? '';
}
