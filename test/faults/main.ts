import { parseArgs } from 'node:util';
import { killEach, type KillEachOptions } from './kill-each.js';

const USAGE = `Usage: npm run faults -- --kill-each [--seed N] [--products N] [--rounds N] [--json]

  --kill-each    kill -9 of each of our processes, one at a time, during an import with edits; then everything is compared
  --seed N       the seed of the choices made (default: drawn, and printed)
  --products N   products of the import (default 3000)
  --rounds N     times that each process is killed (default 2)
  --json         print nothing but the last line

The last line is one JSON object: {"verdict","seed","counts":{"kills","edits","doubled_writes","unequal_rows"},"details",
"findings"}. The exit code is 0 only for the verdict valid.`;

const { values } = parseArgs({
  options: {
    'kill-each': { type: 'boolean', default: false },
    seed: { type: 'string' },
    products: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '2' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const options: KillEachOptions = {
  seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed),
  products: Number(values.products),
  rounds: Number(values.rounds),
  log: (text) => (values.json ? undefined : console.log(text)),
};
const isUsable = [options.seed, options.products, options.rounds].every((one) => Number.isSafeInteger(one) && one >= 0);
if (values.help || !values['kill-each'] || !isUsable || options.products < 1) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}
options.log(`seed ${options.seed}: ${options.products} products, each process killed ${options.rounds} times`);
const result = await killEach(options);
console.log(JSON.stringify(result));
process.exitCode = result.verdict === 'valid' ? 0 : 1;
