import type { DriftItem, RoundReport } from '#contracts';
import { BackgroundWrites } from '../background-writes.js';
import type { Findings, SceneFigures } from '../report.js';
import type { Scene, World } from '../world.js';
import { untilAgreed } from '../agreed.js';
import { untilSettled } from '../settled.js';
import { ENTITIES } from '../stores/agreement.js';
import type { DriftKind, PlantedDrift } from '../stores/business-stores.js';

const KINDS: readonly DriftKind[] = ['changed', 'missing', 'foreign'];

/** Scene 3: drift behind the hub's back, while changes are in flight. */
export const drift: Scene = {
  name: 'drift',
  title: () =>
    'Scene 3: rows of the shop changed, deleted and added behind the hub’s back, while changes are in flight',
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    await untilSettled(world, world.loadedAtMs);
    const writes = startWrites(world);
    const { planted, first, items } = await plantAndFind(world).finally(() => writes.stop());
    const { rows } = writes;
    world.screen.line(`  ${rows} price and stock changes were in flight at ${world.stores.scale.inFlightPerSecond}/s.`);
    const counts = compare(planted, items, findings);
    world.screen.table(['kind', 'planted', 'found', 'false', 'missed', 'outcome'], counts.rows);
    showRounds(world, first);
    const agreed = await untilAgreed(world, ENTITIES);
    findings.expect(
      'records of the shop that differ from their owners',
      [],
      agreed.flatMap(({ unequal }) => unequal).slice(0, 5),
    );
    const second = await reconcile(world);
    const left = second.reduce((sum, { changed, missing }) => sum + changed + missing, 0);
    findings.expect('drift that a second round finds', 0, left);
    world.screen.line(`  Second round: ${second.map(({ entity, state }) => `${entity} ${state}`).join(', ')}.`);
    const fixed = items.filter(({ outcome }) => outcome === 'fixed').length;
    const drifts = planted.filter(({ kind }) => kind !== 'foreign').length;
    findings.expect('fixed', drifts, fixed);
    return {
      planted: drifts,
      found: counts.found,
      false: counts.false,
      fixed,
      held: first.filter(({ state }) => state === 'held').length,
      ...digests(agreed),
    };
  },
};

/** Each round that found something. */
function showRounds({ follow }: World, rounds: readonly RoundReport[]): void {
  for (const { id, system, entity, state, changed, missing, fixed } of rounds)
    if (changed + missing > 0)
      follow.show(`${fixed} repaired in ${entity}`, `/drift/${encodeURIComponent(id)}`, [
        ...[`${system} ${entity}`, state, 'fixed'],
      ]);
}

/** Plants drift, and lets a round find it. */
async function plantAndFind(world: World): Promise<{
  readonly planted: readonly PlantedDrift[];
  readonly first: readonly RoundReport[];
  readonly items: readonly DriftItem[];
}> {
  const planted = await world.stores.plantDrift();
  const first = await reconcile(world);
  return { planted, first, items: await findItems(world, first) };
}

/** Owners go on changing records; none of those that drift, which lie in the other half. */
function startWrites({ stores }: World): BackgroundWrites {
  const { products, scale } = stores;
  const first = Math.floor(products.length * 0.75);
  const keys = products.slice(first).map(({ sku }) => sku);
  return new BackgroundWrites(scale.inFlightPerSecond, async (rows, start) => {
    const skus = Array.from({ length: rows }, (_, index) => keys[(start + index) % keys.length] ?? '');
    const isPrice = (_: string, index: number): boolean => (start + index) % 2 === 0;
    await stores.changeInFlight(
      skus.filter(isPrice),
      skus.filter((sku, index) => !isPrice(sku, index)),
    );
  });
}

async function reconcile({ hub, screen }: World): Promise<readonly RoundReport[]> {
  const args = ['reconcile', 'shop', '--wait'];
  const { rounds } = await hub.cli.json<{ readonly rounds: readonly RoundReport[] }>(args, (line) =>
    screen.progress(line),
  );
  return rounds;
}

async function findItems({ hub }: World, rounds: readonly RoundReport[]): Promise<DriftItem[]> {
  const lists = rounds.map(({ id }) => hub.reconciler<DriftItem[]>(`/rounds/${id}/drift?limit=1000`));
  return (await Promise.all(lists)).flat();
}

/** Found beside planted, by entity, kind and key. */
function compare(
  planted: readonly PlantedDrift[],
  items: readonly DriftItem[],
  findings: Findings,
): { readonly rows: (string | number)[][]; readonly found: number; readonly false: number } {
  const nameOf = ({
    entity,
    kind,
    key,
  }: Pick<DriftItem, 'entity' | 'kind'> & { readonly key: string | null }): string => `${kind} ${entity} ${key}`;
  const wanted = new Set(planted.map(nameOf));
  const seen = new Set(items.map(nameOf));
  const missed = [...wanted].filter((name) => !seen.has(name));
  const alien = [...seen].filter((name) => !wanted.has(name));
  findings.expect('planted, but not found', [], missed.slice(0, 5));
  findings.expect('found, but not planted', [], alien.slice(0, 5));
  const count = (names: Iterable<string>, kind: string): number =>
    [...names].filter((name) => name.startsWith(kind)).length;
  const outcomes = (kind: DriftKind): string =>
    [...new Set(items.filter((item) => item.kind === kind).map(({ outcome }) => outcome))].join(', ');
  const rows = KINDS.map((kind) => [
    kind,
    count(wanted, kind),
    count(seen, kind),
    count(alien, kind),
    count(missed, kind),
    kind === 'foreign' ? 'counted, left alone' : outcomes(kind),
  ]);
  const found = items.filter((item) => item.kind !== 'foreign' && wanted.has(nameOf(item))).length;
  return { rows, found, false: alien.length };
}

function digests(
  agreed: Awaited<ReturnType<typeof untilAgreed>>,
): Pick<SceneFigures, 'digest_source' | 'digest_target'> {
  const join = (side: 'digestSource' | 'digestTarget'): string => agreed.map((one) => one[side].slice(0, 8)).join('-');
  return { digest_source: join('digestSource'), digest_target: join('digestTarget') };
}
