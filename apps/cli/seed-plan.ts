import { planSeed, shapeText, type SeedPlan, type TargetState } from '#replay';
import type { SeedSession } from './seed-session.js';
import { renderCost, renderSeedPlan } from './seed.view.js';

/** What a seed would do; nothing has been done yet. */
export interface SeedPreview {
  readonly plan: SeedPlan;
  readonly found: TargetState;
  /** For programs. */
  readonly shown: object;
  /** For people. */
  readonly text: string;
}

/** Plans a seed, and tells what scanning its sources costs where it has some. @throws HubError HUB_SERVICE_UNREACHABLE */
export async function previewSeed(session: SeedSession): Promise<SeedPreview> {
  const { target, targetName, sources } = session;
  const found = await target.find();
  const plan = await planOf(session, found);
  const scans = plan.refusal === null ? await sources?.cost() : undefined;
  const cost = scans ? `\n${renderCost(scans)}` : '';
  const shown = { plan, target: targetName, ...(scans && { scans }) };
  return { plan, found, shown, text: `${renderSeedPlan(plan, targetName)}${cost}` };
}

/** The topic is noted before the target is made; then the sources are read to their end. */
export async function prepareSeed(
  { topic, target, sources, signal }: SeedSession,
  { plan, found }: SeedPreview,
): Promise<void> {
  await sources?.gathering.begin(found.kind === 'seed' ? found.positions : null);
  await target.prepare(topic, new Map(plan.partitions.map(({ partition, fromOffset }) => [partition, fromOffset])));
  await sources?.gathering.run(signal);
}

/** What would be read into a target as it was found. */
export async function planOf({ topic, pages, shape }: SeedSession, found: TargetState): Promise<SeedPlan> {
  return planSeed({ topic, ranges: await pages.offsets(), shape: shapeText(shape) }, found);
}
