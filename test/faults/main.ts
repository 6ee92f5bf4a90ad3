import { parseArgs } from 'node:util';
import { failpoints } from './failpoints/failpoints.js';
import type { TargetName } from './failpoints/target.js';
import { killEach, type KillEachOptions } from './kill-each.js';
import { mutants } from './mutants/mutants.js';
import { exitOnSignals } from './nemesis/at-exit.js';
import type { CellSet } from './nemesis/cells.js';
import { matrix, type MatrixOptions } from './nemesis/matrix.js';

const USAGE = `Usage: npm run faults -- --full | --matrix | --smoke [--seed N] [--products N] [--from CELL] [--cells REGEX] [--json]
       npm run faults -- --mutants [--seed N] [--cells REGEX] [--json]
       npm run faults -- --kill-each [--seed N] [--products N] [--rounds N] [--json]
       npm run faults -- --failpoints [--systems tryton,vendure] [--points REGEX] [--mutant NAME] [--json]

  --full         25 cells (a fault made to a part) that touch every fault and every part, on servers of their own
  --matrix       every cell
  --smoke        three cells
  --from CELL    begins with this cell; the results of those before are taken from the run before
  --cells REGEX  only these cells, for example '^(cut|half-open) '; with --mutants, only these mutants
  --mutants      breaks the protocol on purpose, in one way after another, and shows that the same checks find each

  --kill-each    kill -9 of each of our processes, one at a time, during an import with edits; then everything is compared
  --rounds N     times that each process is killed (default 2)

  --failpoints   kill -9 of a connector between every two steps of a create and an update in a real Tryton and Vendure
  --systems      which of them (default both)
  --points REGEX only at these points, for example '^writer:|createProduct'
  --mutant NAME  break something on purpose: no-look-up (Vendure creates without looking), no-intent (a killed connector
                 forgets what it was about to write); the run must not be valid then

  --seed N       the seed of the choices made (default: drawn, and printed)
  --products N   products of the import (default 3000 with --kill-each, else 600)
  --json         print nothing but the last line

Cells write a table and all details, witnesses among them, into .plumbline/faults/. The last line is one JSON object:
{"verdict","seed","cells","counts","invalid","unknown","skipped",…}, or {"planted","caught","missed","broken_controls",…}, or
{"verdict","seed","counts":{"kills","edits","doubled_writes","unequal_rows"},"details","findings"}, or
{"points","killed","second_records","echoes","lost_edits","unequal_rows","valid",…}. The exit code is 0 only for a valid
run, and for mutants that were all caught.`;

const flag = { type: 'boolean', default: false } as const;
const { values } = parseArgs({
  options: {
    ...{ full: flag, matrix: flag, smoke: flag, mutants: flag, 'kill-each': flag, failpoints: flag },
    ...{ from: { type: 'string' }, cells: { type: 'string' } },
    seed: { type: 'string' },
    products: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    systems: { type: 'string', default: 'tryton,vendure' },
    points: { type: 'string', default: '' },
    mutant: { type: 'string' },
    json: flag,
    help: flag,
  },
});
const log = (text: string): void => (values.json ? undefined : console.log(text));

function usage(code: number): never {
  console.error(USAGE);
  process.exit(code);
}

function seed(): number {
  return values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
}

async function runMatrix(set: CellSet): Promise<boolean> {
  const options: MatrixOptions = {
    ...{ set, log, seed: seed(), products: Number(values.products ?? 600), from: values.from ?? null },
    only: values.cells === undefined ? null : new RegExp(values.cells),
  };
  if (![options.seed, options.products].every((one) => Number.isSafeInteger(one) && one > 0)) usage(2);
  log(`seed ${options.seed}: ${options.products} products`);
  const result = await matrix(options);
  console.log(JSON.stringify(result));
  return result.verdict === 'valid';
}

async function runMutants(): Promise<boolean> {
  const result = await mutants({ seed: seed(), only: new RegExp(values.cells ?? ''), log });
  console.log(JSON.stringify(result));
  return result.planted > 0 && result.caught === result.planted && result.broken_controls.length === 0;
}

async function runKillEach(): Promise<boolean> {
  const options: KillEachOptions = {
    seed: seed(),
    products: Number(values.products ?? 3_000),
    rounds: Number(values.rounds),
    log,
  };
  const isUsable = [options.seed, options.products, options.rounds].every(
    (one) => Number.isSafeInteger(one) && one >= 0,
  );
  if (!isUsable || options.products < 1) usage(2);
  log(`seed ${options.seed}: ${options.products} products, each process killed ${options.rounds} times`);
  const result = await killEach(options);
  console.log(JSON.stringify(result));
  return result.verdict === 'valid';
}

async function runFailpoints(): Promise<boolean> {
  const systems = values.systems.split(',');
  const isKnown = systems.every((name): name is TargetName => name === 'tryton' || name === 'vendure');
  const { mutant = null } = values;
  if (!isKnown || !(mutant === null || mutant === 'no-look-up' || mutant === 'no-intent')) usage(2);
  const result = await failpoints({
    systems: systems,
    points: new RegExp(values.points),
    mutant: mutant,
    log,
  });
  console.log(JSON.stringify(result));
  return result.valid;
}

const RUNS: Readonly<Record<string, () => Promise<boolean>>> = {
  full: () => runMatrix('full'),
  matrix: () => runMatrix('matrix'),
  smoke: () => runMatrix('smoke'),
  mutants: runMutants,
  'kill-each': runKillEach,
  failpoints: runFailpoints,
};
const wanted = Object.entries(RUNS).filter(([name]) => values[name as keyof typeof values] === true);
const [run] = wanted;
if (values.help || !run || wanted.length > 1) usage(values.help ? 0 : 2);
exitOnSignals();
process.exitCode = (await run[1]()) ? 0 : 1;
