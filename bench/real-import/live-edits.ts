import type { BenchErp } from './erp.js';
import type { ShopDatabase } from './shop-database.js';

/** How often the shop is looked at: what a latency may be wrong by. */
const LOOK_EVERY_MS = 250;
const PAUSE_MS = 1_000;
const LOST_MS = 120_000;

/** Edits that go on until they are stopped. */
export interface LiveEdits {
  /** @returns milliseconds from edit to arrival, ascending */
  stop(): Promise<readonly number[]>;
}

/** Changes one price after the other in the ERP and waits for each in the shop, with a pause between. */
export function editPrices(erp: BenchErp, shop: ShopDatabase, skus: readonly string[]): LiveEdits {
  const latencies: number[] = [];
  let isStopping = false;
  const edit = async (): Promise<void> => {
    for (let n = 0; !isStopping; n += 1) {
      const sku = skus[n % skus.length] ?? '';
      const cents = 1_000 + n;
      await erp.setPrice(sku, cents / 100);
      latencies.push(await arrival(shop, sku, cents));
      await sleep(PAUSE_MS);
    }
  };
  const editing = edit();
  editing.catch(() => undefined); // told by stop
  return {
    stop: async () => {
      isStopping = true;
      await editing;
      return latencies.sort((a, b) => a - b);
    },
  };
}

async function arrival(shop: ShopDatabase, sku: string, cents: number): Promise<number> {
  const startedAt = performance.now();
  while ((await shop.priceOf(sku)) !== cents) {
    const waitedMs = performance.now() - startedAt;
    if (waitedMs > LOST_MS) throw new Error(`the price of ${sku} did not arrive`);
    await sleep(LOOK_EVERY_MS);
  }
  return Math.round(performance.now() - startedAt);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
