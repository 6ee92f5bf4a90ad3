import { cents, recordPath } from '../follow.js';
import type { Findings, SceneFigures } from '../report.js';
import { changePrice, type PriceChange } from '../stores/change-price.js';
import type { Scene, World } from '../world.js';

const CHANGES = 12;
const TIMELINE = { tab: 'timeline' };

/** Scene 1: a price changes in the ERP and arrives in the shop. */
export const priceChange: Scene = {
  name: 'price-change',
  title: () => 'Scene 1: a price changes in the ERP and arrives in the shop',
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    const beforeAt = new Date().toISOString();
    const changes: PriceChange[] = [];
    for (let index = 0; index < CHANGES; index += 1) {
      world.screen.progress(`change ${index + 1} of ${CHANGES}`);
      const sku = world.stores.products[index * 7]?.sku ?? '';
      const change = await changePrice(world.stores, sku);
      if (change) changes.push(change);
      else findings.fail(`the price of ${sku} did not arrive`);
    }
    const [first] = changes;
    if (first) world.firstPrice = { ...first, key: keyOf(first.sku), beforeAt };
    const sorted = changes.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
    const median = sorted[Math.floor(sorted.length / 2)] ?? null;
    world.screen.table(
      ['changes', 'arrived', 'fastest ms', 'median ms', 'slowest ms', 'for example'],
      [[CHANGES, changes.length, sorted[0] ?? '', median ?? '', sorted.at(-1) ?? '', describe(first)]],
    );
    showTimeline(world, first);
    return { planted: CHANGES, found: changes.length, latency_ms: median };
  },
};

function keyOf(sku: string): string {
  return `${sku}|standard|EUR||`;
}

function showTimeline({ follow }: World, change: PriceChange | undefined): void {
  if (!change) return;
  const says = [cents(change.before), cents(change.after), 'shop'];
  follow.show('How it went from the ERP into the shop', recordPath('price', keyOf(change.sku), TIMELINE), says);
}

function describe(change: PriceChange | undefined): string {
  return change ? `${change.sku}: ${change.before} → ${change.after} EUR` : '';
}
