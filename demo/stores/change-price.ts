import { until } from '../wait.js';
import type { BusinessStores } from './stores.js';

/** How often the shop is looked at: what the latency may be wrong by. */
const LOOK_EVERY_MS = 5;

/** One change that arrived; amounts in EUR. */
export interface PriceChange {
  readonly sku: string;
  readonly before: string;
  readonly after: string;
  readonly latencyMs: number;
}

/** Raises a price in the ERP and waits for it in the shop; null where it never came. */
export async function changePrice({ erp, shop }: BusinessStores, sku: string): Promise<PriceChange | null> {
  const [old] = await erp.query<{ betrag: string }>('SELECT betrag FROM preis WHERE artikelnr = $1', [sku]);
  const [row] = await erp.query<{ betrag: string }>(
    'UPDATE preis SET betrag = betrag + 1.37 WHERE artikelnr = $1 RETURNING betrag',
    [sku],
  );
  const startedAtMs = performance.now();
  const [before, after] = [old?.betrag ?? '', row?.betrag ?? ''];
  const cents = after.replace('.', '').replace(/^0+(?=\d)/, '');
  const look = async (): Promise<boolean> => {
    const text = 'SELECT amount_cents::text AS cents FROM product_price WHERE sku = $1';
    const [price] = await shop.query<{ cents: string }>(text, [sku]);
    return price?.cents === cents;
  };
  try {
    await until(`the price of ${sku}`, look, { timeoutMs: 20_000, everyMs: LOOK_EVERY_MS });
  } catch {
    return null; // the caller says so
  }
  return { sku, before, after, latencyMs: Math.round(performance.now() - startedAtMs) };
}
