import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CellRunner, type CellResult } from '../nemesis/cell-run.js';
import type { Cell } from '../nemesis/cells.js';
import { HubInDanger } from '../nemesis/hub-in-danger.js';
import { OwnStack } from '../nemesis/own-stack.js';
import { lineOf, writeReport } from '../nemesis/report.js';
import { processesOf, type World } from '../nemesis/world.js';
import { FAULTS_FOLDER, ROOT } from '../servers.js';
import { CONTROLS, TRIALS, type Trial } from './trials.js';

/** One run over the mutants. */
export interface MutantsOptions {
  readonly seed: number;
  /** Names of mutants and controls. */
  readonly only: RegExp;
  readonly log: (text: string) => void;
}

/** Last line of a run: a mutant is caught by findings of the checker, never by a hub that does not come to rest. */
export interface MutantsResult {
  readonly planted: number;
  readonly caught: number;
  readonly missed: readonly string[];
  /** Controls, without a mutant, that were not valid: then nothing is shown by what was caught. */
  readonly broken_controls: readonly string[];
  readonly seed: number;
  readonly seconds: number;
}

const PRODUCTS = 240;

/** Breaks the hub in one way after another, makes the fault that shows it, and has the checker of the matrix judge. */
export async function mutants({ seed, only, log }: MutantsOptions): Promise<MutantsResult> {
  const startedAt = performance.now();
  const [controls, trials] = [CONTROLS, TRIALS].map((all) => all.filter(({ name }) => only.test(name)));
  const results = new Map<Trial, CellResult>();
  const stack = await OwnStack.start();
  try {
    for (const trial of [...(controls ?? []), ...(trials ?? [])]) {
      const result = await tryOne(stack, trial, { seed, log });
      results.set(trial, result);
      log(`${trial.mutant === null ? 'control' : verdictOf(result)} ${lineOf(result)}`);
      for (const witness of result.witnesses.slice(0, 1)) log(`    ${JSON.stringify(witness)}`);
      writeReport(FAULTS_FOLDER, 'mutants', [...results.values()]);
    }
  } finally {
    await stack.drop();
  }
  const named = (list: readonly Trial[] = [], wanted: (verdict: CellResult['verdict']) => boolean): string[] =>
    list.filter((trial) => wanted(results.get(trial)?.verdict ?? 'unknown')).map(({ name }) => name);
  const missed = named(trials, (verdict) => verdict !== 'invalid');
  const planted = trials?.length ?? 0;
  return {
    ...{ planted, caught: planted - missed.length, missed },
    broken_controls: named(controls, (verdict) => verdict !== 'valid'),
    ...{ seed, seconds: Math.round((performance.now() - startedAt) / 1_000) },
  };
}

function verdictOf({ verdict }: CellResult): string {
  return verdict === 'invalid' ? 'caught ' : 'MISSED ';
}

async function tryOne(
  stack: OwnStack,
  trial: Trial,
  { seed, log }: Pick<MutantsOptions, 'seed' | 'log'>,
): Promise<CellResult> {
  const planted = [trial.mutant, trial.aid].filter((name) => name !== null && name !== undefined);
  for (const service of ['golden', 'connector-erp', 'connector-shop'])
    rmSync(join(FAULTS_FOLDER, `${service}.log`), { force: true });
  const hub = await HubInDanger.start({
    ...{ stack, seed, products: trial.products ?? PRODUCTS, log },
    variables: { PLUMBLINE_PLANTED: planted.join() },
    nodeArguments: ['--import', join(ROOT, 'dist/test/faults/mutants/plant.js')],
  });
  try {
    for (const name of planted) requirePlanted(hub.world, name);
    const cell: Cell = { name: trial.name, fault: trial.name, part: trial.mutant ?? 'none', strike: trial.strike };
    return await new CellRunner(hub.world, seed).run(cell);
  } finally {
    await hub.drop();
  }
}

/** A mutant that does not fit the product any more must not count as planted. */
function requirePlanted(world: World, name: string): void {
  const { folder } = processesOf(world).options;
  const logs = ['golden', 'connector-erp', 'connector-shop'].map((service) =>
    readFileSync(join(folder, `${service}.log`), 'utf8'),
  );
  if (!logs.some((text) => text.includes(`"planted":"${name}"`))) throw new Error(`${name} was not planted`);
}
