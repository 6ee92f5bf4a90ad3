import type { ExplainReport, RoundReport } from '#contracts';
import type { Contest } from '../stores/business-stores.js';
import type { Findings, SceneFigures } from '../report.js';
import { recordPath } from '../follow.js';
import { until } from '../wait.js';
import type { Scene, World } from '../world.js';

/** Scene 2: every owner wins where it owns, and only there. */
export const ownership: Scene = {
  name: 'ownership',
  title: () => 'Scene 2: PIM, ERP, WMS and CRM each win where they own, and only there',
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    const contests = world.stores.contests();
    await Promise.all(contests.map((contest) => contest.win()));
    await scanOwners(world, contests);
    for (const contest of contests) await untilInShop(world, contest, 'the owner’s value');
    await Promise.all(contests.map((contest) => contest.lose()));
    let corrected = 0;
    const rows = [];
    for (const contest of contests) {
      const said = await untilGoldenHeard(world, contest);
      await untilInShop(world, contest, 'the owner’s value again');
      const winner = said?.values.find(({ won }) => won)?.system;
      findings.expect(`${contest.field} of ${contest.key} is decided by`, contest.owner, winner);
      if (winner === contest.owner) corrected += 1;
      const shown = await contest.readShop();
      rows.push([contest.field, contest.owner, contest.loser, shown.slice(0, 40), winner ?? 'nobody']);
    }
    world.screen.table(['field', 'owner', 'edited also in', 'the shop holds', 'won by'], rows);
    showWinners(world, contests);
    return { planted: contests.length, found: contests.length, false: 0, fixed: corrected };
  },
};

/** One record of each owner: who decides its fields, and what the others say. */
function showWinners({ follow }: World, contests: readonly Contest[]): void {
  const shown = new Set<string>();
  for (const { owner, loser, entity, key, field } of contests) {
    if (shown.has(owner)) continue;
    shown.add(owner);
    const says = [field, `${owner} says`, 'it owns this field', `${loser} says`];
    follow.show(`Why ${owner} decides ${field}`, recordPath(entity, key), says);
  }
}

/** Owners without a change cursor are read by a round, at once instead of within a minute. */
async function scanOwners({ hub, stores, screen }: World, contests: readonly Contest[]): Promise<void> {
  for (const system of stores.scanned.filter((name) => contests.some(({ owner }) => owner === name)))
    await hub.cli.json<{ rounds: RoundReport[] }>(['reconcile', system, '--wait'], (line) => screen.progress(line));
}

function untilInShop(world: World, contest: Contest, what: string): Promise<true> {
  world.screen.progress(`${contest.field}: ${what}`);
  return until(
    `${contest.field} of ${contest.key} in the shop is ${what}: ${contest.wanted}`,
    async () => (await contest.readShop()) === contest.wanted,
  ).then(() => true as const);
}

/** Golden has the loser's value, as a value that lost; so what the shop holds is no accident of time. */
function untilGoldenHeard(world: World, contest: Contest): Promise<ExplainReport['fields'][string] | undefined> {
  const { entity, key, field, loser } = contest;
  world.screen.progress(`${field}: what ${loser} says must be heard, and lose`);
  return until(`golden heard ${field} of ${key} from ${loser}`, async () => {
    const report = await world.hub.golden<ExplainReport>(`/explain/${entity}/${encodeURIComponent(key)}`);
    const said = report.fields[field];
    const lost = said?.values.find(({ system, won }) => system === loser && !won);
    return lost && lost.at !== null ? said : null;
  });
}
