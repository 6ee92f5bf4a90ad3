import { Findings, NO_FIGURES, type SceneResult, type Screen } from './report.js';
import type { Scene, World } from './world.js';

/** Plays the scenes one after another; one that fails says why, and the next is played as far as it can be. */
export async function playScenes(world: World, scenes: readonly Scene[], screen: Screen): Promise<SceneResult[]> {
  const results: SceneResult[] = [];
  for (const scene of scenes) results.push(await play(world, scene, screen));
  screen.heading('All scenes');
  screen.table(
    ['scene', 'passed', 'planted', 'found', 'false', 'fixed', 'held', 'latency ms'],
    results.map((result) => [
      result.name,
      result.passed ? 'yes' : 'NO',
      ...[result.planted, result.found, result.false, result.fixed, result.held, result.latency_ms].map(figure),
    ]),
  );
  return results;
}

async function play(world: World, scene: Scene, screen: Screen): Promise<SceneResult> {
  screen.heading(scene.title(world.stores));
  const note = world.stores.notes[scene.name];
  if (note !== undefined) screen.line(`  ${note}`);
  const startedAtMs = Date.now();
  const findings = new Findings();
  let figures = NO_FIGURES;
  try {
    if (!world.hub.isAlive) throw new Error('the hub ended; see all-in-one.log in the folder of the demo');
    figures = { ...NO_FIGURES, ...(await scene.run(world, findings)) };
  } catch (error) {
    findings.fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  if (findings.problems.length > 0) await tellHolds(world, findings);
  for (const problem of findings.problems) screen.line(`  ✗ ${problem}`);
  const passed = findings.problems.length === 0;
  screen.line(`  ${passed ? '✓ passed' : '✗ FAILED'} in ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`);
  await world.follow.untilSeen();
  return { name: scene.name, passed, links: world.follow.take(), ...figures };
}

/** What is held explains much of what did not arrive. */
async function tellHolds({ hub }: World, findings: Findings): Promise<void> {
  try {
    for (const { id, system, entity, reason } of await hub.openHolds())
      findings.fail(`open hold ${id} of ${system} ${entity}: ${reason}`);
  } catch (error) {
    findings.fail(`the hub does not answer: ${String(error)}`);
  }
}

function figure(value: number | null): string {
  return value === null ? '' : String(value);
}
