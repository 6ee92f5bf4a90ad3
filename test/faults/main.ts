import { parseArgs } from 'node:util';
import { failpoints } from './failpoints/failpoints.js';
import type { TargetName } from './failpoints/target.js';
import { killEach, type KillEachOptions } from './kill-each.js';

const USAGE = `Usage: npm run faults -- --kill-each [--seed N] [--products N] [--rounds N] [--json]
       npm run faults -- --failpoints [--systems tryton,vendure] [--points REGEX] [--mutant NAME] [--json]

  --kill-each    kill -9 of each of our processes, one at a time, during an import with edits; then everything is compared
  --seed N       the seed of the choices made (default: drawn, and printed)
  --products N   products of the import (default 3000)
  --rounds N     times that each process is killed (default 2)

  --failpoints   kill -9 of a connector between every two steps of a create and an update in a real Tryton and Vendure
  --systems      which of them (default both)
  --points REGEX only at these points, for example '^writer:|createProduct'
  --mutant NAME  break something on purpose: no-look-up (Vendure creates without looking), no-intent (a killed connector
                 forgets what it was about to write); the run must not be valid then

  --json         print nothing but the last line

The last line is one JSON object: {"verdict","seed","counts":{"kills","edits","doubled_writes","unequal_rows"},"details",
"findings"}, or {"points","killed","second_records","echoes","lost_edits","unequal_rows","valid",…}. The exit code is 0 only
for a valid run.`;

const { values } = parseArgs({
  options: {
    'kill-each': { type: 'boolean', default: false },
    failpoints: { type: 'boolean', default: false },
    seed: { type: 'string' },
    products: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '2' },
    systems: { type: 'string', default: 'tryton,vendure' },
    points: { type: 'string', default: '' },
    mutant: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const log = (text: string): void => (values.json ? undefined : console.log(text));

function usage(code: number): never {
  console.error(USAGE);
  process.exit(code);
}

async function runKillEach(): Promise<boolean> {
  const options: KillEachOptions = {
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed),
    products: Number(values.products),
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

if (values.help || values['kill-each'] === values.failpoints) usage(values.help ? 0 : 2);
process.exitCode = (await (values.failpoints ? runFailpoints() : runKillEach())) ? 0 : 1;
