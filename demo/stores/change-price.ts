import { until } from '../wait.js';
import type { BusinessStores, RaisedPrice } from './business-stores.js';

/** How often the shop is looked at: what the latency may be wrong by. */
const LOOK_EVERY_MS = 5;

/** One change that arrived. */
export interface PriceChange extends RaisedPrice {
  readonly sku: string;
  readonly latencyMs: number;
}

/** Raises a price in the ERP and waits for it in the shop; null where it never came. */
export async function changePrice(stores: BusinessStores, sku: string): Promise<PriceChange | null> {
  const { before, after } = await stores.raisePrice(sku);
  const startedAtMs = performance.now();
  const cents = after.replace('.', '').replace(/^0+(?=\d)/, '');
  const look = async (): Promise<boolean> => (await stores.readShopCents(sku)) === cents;
  try {
    await until(`the price of ${sku}`, look, { timeoutMs: 60_000, everyMs: LOOK_EVERY_MS });
  } catch {
    return null; // the caller says so
  }
  return { sku, before, after, latencyMs: Math.round(performance.now() - startedAtMs) };
}
