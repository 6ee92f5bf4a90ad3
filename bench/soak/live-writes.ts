import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '#store-postgres';
import { skuOf } from './stores.js';

/** Connections that commit side by side; the database given must have that many. */
export const WRITERS = 8;
/** Products on which {@link HOT_SHARE} of the writes fall. */
export const HOT = 50;
const HOT_SHARE = 0.2;
/** Writes of the shop's users to what the shop owns; the others are the ERP's. */
const SHOP_SHARE = 0.1;
/** The last tenth of the products is cold: nobody writes them, so that drift can be planted there. */
const COLD_SHARE = 0.1;

/** A write that the database has acknowledged. */
export interface AcknowledgedWrite {
  readonly store: 'erp' | 'shop';
  readonly sku: string;
  /** Drawn under the row's lock: rises by one with each write of (store, sku). */
  readonly revision: number;
  /** When the answer arrived; milliseconds since the epoch. */
  readonly atMs: number;
}

/** Number of the first cold product. */
export function firstCold(products: number): number {
  return products - Math.floor(products * COLD_SHARE) + 1;
}

const STATEMENTS = {
  erp: `UPDATE erp.article SET weight_g = weight_g + 1, maker = 'Maker ' || (weight_g + 1)
    WHERE article_no = $1 RETURNING weight_g AS revision`,
  shop: `UPDATE shop.product SET category = coalesce(category::int, 0) + 1 WHERE sku = $1 RETURNING category AS revision`,
};

/** What users do: single updates at a steady rate, each one committed alone, kept in a log of the bench's own. */
export class LiveWrites {
  readonly log: AcknowledgedWrite[] = [];

  constructor(
    private readonly database: Database,
    private readonly products: number,
    private readonly perSecond: number,
  ) {}

  /** Writes for so long. A connection that falls behind catches up as fast as it can, and never skips. */
  async run(seconds: number): Promise<void> {
    const total = Math.round(this.perSecond * seconds);
    const startsAtMs = performance.now();
    let next = 0;
    const write = async (): Promise<void> => {
      for (let n = next++; n < total; n = next++) {
        const waitMs = startsAtMs + (n * 1_000) / this.perSecond - performance.now();
        if (waitMs >= 1) await sleep(waitMs);
        // what could not be written in twice the time is not written: the figure tells it
        if (performance.now() - startsAtMs > seconds * 2_000) return;
        await this.write();
      }
    };
    await Promise.all(Array.from({ length: WRITERS }, write));
  }

  private async write(): Promise<void> {
    const store = Math.random() < SHOP_SHARE ? 'shop' : 'erp';
    const range = Math.random() < HOT_SHARE ? HOT : firstCold(this.products) - 1;
    const sku = skuOf(1 + Math.floor(Math.random() * range));
    const [row] = await this.database.query<{ revision: number | string }>(STATEMENTS[store], [sku]);
    if (!row) throw new Error(`${store} has no product ${sku}: a row that was never deleted is gone.`);
    this.log.push({ store, sku, revision: Number(row.revision), atMs: nowMs() });
  }
}

/** Milliseconds since the epoch, with fractions. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}
