import type { Findings, SceneFigures } from '../report.js';
import { until } from '../wait.js';
import type { Scene, World } from '../world.js';

const CHANGES = 12;
/** How often the shop is looked at: what the latency may be wrong by. */
const LOOK_EVERY_MS = 5;

interface Change {
  readonly sku: string;
  readonly before: string;
  readonly after: string;
  readonly latencyMs: number;
}

/** Scene 1: a price changes in the ERP and arrives in the shop. */
export const priceChange: Scene = {
  name: 'price-change',
  title: 'Scene 1: a price changes in the ERP and arrives in the shop',
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    const beforeAt = new Date().toISOString();
    const changes: Change[] = [];
    for (let index = 0; index < CHANGES; index += 1) {
      world.screen.progress(`change ${index + 1} of ${CHANGES}`);
      const sku = world.stores.products[index * 7]?.sku ?? '';
      const change = await changePrice(world, sku);
      if (change) changes.push(change);
      else findings.fail(`the price of ${sku} did not arrive`);
    }
    const [first] = changes;
    if (first) world.firstPrice = { ...first, key: `${first.sku}|standard|EUR||`, beforeAt };
    const sorted = changes.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? null;
    world.screen.table(
      ['changes', 'arrived', 'fastest ms', 'median ms', 'slowest ms', 'for example'],
      [[CHANGES, changes.length, sorted[0] ?? '', median ?? '', sorted.at(-1) ?? '', describe(first)]],
    );
    return { planted: CHANGES, found: changes.length, latency_ms: median };
  },
};

/** From the commit in the ERP to the row in the shop; null where it never came. */
async function changePrice({ stores }: World, sku: string): Promise<Change | null> {
  const [old] = await stores.erp.query<{ betrag: string }>('SELECT betrag FROM preis WHERE artikelnr = $1', [sku]);
  const [row] = await stores.erp.query<{ betrag: string }>(
    'UPDATE preis SET betrag = betrag + 1.37 WHERE artikelnr = $1 RETURNING betrag',
    [sku],
  );
  const startedAtMs = performance.now();
  const [before, after] = [old?.betrag ?? '', row?.betrag ?? ''];
  const cents = after.replace('.', '').replace(/^0+(?=\d)/, '');
  const look = async (): Promise<boolean> => {
    const text = 'SELECT amount_cents::text AS cents FROM product_price WHERE sku = $1';
    const [price] = await stores.shop.query<{ cents: string }>(text, [sku]);
    return price?.cents === cents;
  };
  try {
    await until(`the price of ${sku}`, look, { timeoutMs: 20_000, everyMs: LOOK_EVERY_MS });
  } catch {
    return null; // the scene names it
  }
  return { sku, before, after, latencyMs: Math.round(performance.now() - startedAtMs) };
}

function describe(change: Change | undefined): string {
  return change ? `${change.sku}: ${change.before} → ${change.after} EUR` : '';
}
