import type { AsOfReport, ExplainReport } from '#contracts';
import type { Findings, SceneFigures } from '../report.js';
import { cents, recordPath } from '../follow.js';
import type { PriceMemory, Scene, World } from '../world.js';

/** Scene 6: why this price, and what it was before scene 1. */
export const explainScene: Scene = {
  name: 'explain',
  title: () => 'Scene 6: why this price, and what it was before scene 1',
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    const { hub, screen, firstPrice } = world;
    if (!firstPrice) {
      findings.fail('scene 1 changed no price: play it first (--scene 1 --scene 6)');
      return {};
    }
    const { key, before, after, beforeAt } = firstPrice;
    const why = ['explain', 'price', key, 'amount'];
    const past = ['as-of', 'price', key, '--at', beforeAt];
    screen.quote(`plumbline explain price '${key}' amount`, (await hub.cli.run(why)).stdout);
    screen.quote(`plumbline as-of price '${key}' --at ${beforeAt}`, (await hub.cli.run(past)).stdout);
    const path = encodeURIComponent(key);
    const now = await hub.golden<ExplainReport>(`/explain/price/${path}`);
    const then = await hub.golden<AsOfReport>(`/as-of/price/${path}?at=${beforeAt}`);
    const amount = now.fields['amount'];
    const shown = typeof amount?.value === 'string' ? amount.value : '';
    findings.expect('the price now', Number(after), Number(amount?.value));
    findings.expect('who decides it', 'erp', amount?.values.find(({ won }) => won)?.system);
    findings.expect('by which rule', 'owner', amount?.rule);
    findings.expect('the price before scene 1', Number(before), Number(then.fields['amount']));
    screen.table(
      ['price', 'before scene 1', 'version', 'now', 'version', 'decided by'],
      [[key, before, then.version, shown, now.version, `erp, ${amount?.rule}`]],
    );
    showOnPage(world, firstPrice, shown);
    return {};
  },
};

function showOnPage({ follow }: World, { key, before, beforeAt }: PriceMemory, amount: string): void {
  const why = [cents(amount), `erp says ${cents(amount)}`, 'it owns this field'];
  follow.show('Why this price', recordPath('price', key), why);
  const at = recordPath('price', key, { tab: 'as-of', at: beforeAt });
  follow.show('What it was before scene 1', at, [cents(before), 'in force since']);
}
