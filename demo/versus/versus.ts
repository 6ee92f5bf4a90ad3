import type { Hold, RoundReport } from '#contracts';
import { createDatabase } from '#hub-runner';
import { untilSettled } from '../settled.js';
import { SqlStore } from '../stores/sql-store.js';
import { SqlStores } from '../stores/sql-stores.js';
import { pause, until } from '../wait.js';
import type { World } from '../world.js';
import { listDamages, type Damage } from './damages.js';
import { PlainSync } from './plain-sync.js';
import { readErp, readShop, type Held } from './rows.js';

/** Both have so long after the last damage. */
const REPAIR_MS = 60_000;

/** One line of the table. */
export interface VersusResult {
  readonly kind: string;
  readonly planted: number;
  readonly wrongByScript: number;
  readonly wrongByHub: number;
  readonly noticedBy: string;
}

/** The same damage to a shop that a plain script keeps and to one that the hub keeps. */
export async function playVersus(world: World, closers: (() => Promise<void>)[]): Promise<VersusResult[]> {
  const { stores, screen, hub } = world;
  if (!(stores instanceof SqlStores)) throw new Error('--versus is played on the stores of the demo');
  const { erp, shop: hubShop } = stores.set;
  const scriptShop = await createScriptShop(world, closers);
  const script = new PlainSync({ ERP_URL: erp.url, SHOP_URL: scriptShop.url });
  closers.push(() => script.kill());
  script.start();
  screen.heading('The script fills its shop');
  const first = await readErp(erp);
  await until('the script has filled its shop', async () => sameAs(first, await readShop(scriptShop)), {
    timeoutMs: 120_000,
    everyMs: 500,
  });
  screen.line('  Both shops hold what the ERP says.');
  const killBoth = async (): Promise<void> => {
    await Promise.all([script.kill(), hub.kill()]);
    script.start();
    await hub.start();
    await until('the hub answers again', () => doesAnswer(hub), { everyMs: 200 });
  };
  const skus = stores.products.map(({ sku }) => sku);
  const damages = listDamages({ erp, hubShop, scriptShop, skus, killBoth });
  const startedAt = new Date().toISOString();
  await plantAll(world, damages);
  const notes = await watchHub(world, startedAt);
  const held = { first, erp: await readErp(erp), script: await readShop(scriptShop), hub: await readShop(hubShop) };
  return judge(damages, held, notes);
}

/** Its parts come up one after the other. */
async function doesAnswer(hub: World['hub']): Promise<boolean> {
  const answers = await Promise.allSettled(hub.file.systems.map(({ id }) => hub.systemStatus(id)));
  return answers.every(({ status }) => status === 'fulfilled');
}

async function createScriptShop({ serverUrl, runFile }: World, closers: (() => Promise<void>)[]): Promise<SqlStore> {
  const url = await createDatabase(serverUrl, `demo_script_${process.pid}_${Date.now()}`);
  runFile.note({ databases: [url] });
  const shop = new SqlStore('shop', url);
  closers.push(() => shop.close());
  await shop.createTables();
  return shop;
}

async function plantAll(world: World, damages: readonly Damage[]): Promise<void> {
  world.screen.heading('The same damage to both');
  for (const damage of damages) {
    if (damage.kind.startsWith('edits')) await untilSettled(world, Date.now()); // else its reader would see them live
    await damage.plant();
    world.screen.line(`  ${damage.kind}: ${damage.skus.length}`);
    await pause(2_000);
  }
}

/** The rounds that the hub would start by itself every so often, then the rest of the minute. */
async function watchHub({ hub, screen }: World, since: string): Promise<{ rounds: RoundReport[]; holds: Hold[] }> {
  const endsAtMs = Date.now() + REPAIR_MS;
  const rounds: RoundReport[] = [];
  for (const system of ['erp', 'shop']) {
    const answer = await hub.cli.json<{ rounds: RoundReport[] }>(['reconcile', system, '--wait'], (line) =>
      screen.progress(line),
    );
    rounds.push(...answer.rounds);
  }
  while (Date.now() < endsAtMs) {
    screen.progress(`both go on for ${Math.ceil((endsAtMs - Date.now()) / 1000)} s`);
    await pause(1_000);
  }
  screen.line(`  A minute is over (since ${since.slice(11, 19)} UTC the hub was asked for one round of ERP and shop).`);
  return { rounds, holds: await hub.openHolds() };
}

function judge(
  damages: readonly Damage[],
  sides: Readonly<Record<'first' | 'erp' | 'script' | 'hub', Held>>,
  { rounds, holds }: { readonly rounds: readonly RoundReport[]; readonly holds: readonly Hold[] },
): VersusResult[] {
  const found = (system: string): number =>
    rounds.filter((round) => round.system === system).reduce((sum, { changed, missing }) => sum + changed + missing, 0);
  const held = holds.filter(({ kind }) => kind === 'live').reduce((sum, { count }) => sum + count, 0);
  return damages.map((damage) => {
    const right = damage.isRefused === true ? sides.first : sides.erp;
    const countWrong = (side: Held): number =>
      damage.skus.filter((sku) => side[damage.part].get(sku) !== right[damage.part].get(sku)).length;
    return {
      kind: damage.kind,
      planted: damage.skus.length,
      wrongByScript: countWrong(sides.script),
      wrongByHub: countWrong(sides.hub),
      noticedBy: noticer(damage, { erp: found('erp'), shop: found('shop'), held }),
    };
  });
}

/** Who told of it; nobody where it went by without a word. */
function noticer(
  { kind }: Damage,
  found: { readonly erp: number; readonly shop: number; readonly held: number },
): string {
  if (kind.startsWith('prices')) return found.held > 0 ? `hub: hold of ${found.held} prices` : 'nobody';
  if (kind.startsWith('deletes')) return found.erp > 0 ? `hub: round of the ERP, ${found.erp} records` : 'nobody';
  if (kind.startsWith('edits')) return found.shop > 0 ? `hub: round of the shop, ${found.shop} records` : 'nobody';
  return kind.startsWith('no damage') ? '' : 'nobody has to: the hub reads it by itself';
}

function sameAs(erp: Held, shop: Held): boolean {
  return (['products', 'prices'] as const).every((part) =>
    [...erp[part]].every(([sku, values]) => shop[part].get(sku) === values),
  );
}
