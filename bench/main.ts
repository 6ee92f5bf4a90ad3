import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { firstImport } from './first-import.js';
import { realImport } from './real-import/real-import.js';
import type { BenchArguments, BenchResult } from './report.js';

const BENCHES: Readonly<Record<string, (given: BenchArguments) => Promise<BenchResult>>> = {
  'first-import': firstImport,
  'real-import': realImport,
};

const SIZES: Readonly<Record<string, number>> = { 'first-import': 100_000, 'real-import': 2_000 };

const USAGE = `Usage: npm run bench -- NAME [--rounds N] [--size N] [--no-growth] [--profile FOLDER]

Benches:
  first-import   products from a sql source to the golden topic and into a second sql store, beside a plain page copy
  real-import    products from a real Tryton to a real Vendure (default size 2000), beside the same mutations sent bare

--profile FOLDER writes a CPU profile of every process.

The last line is one JSON object: {"bench","machine","goals":[{"name","value","goal","met"}],"runs":[…]}.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    size: { type: 'string' },
    'no-growth': { type: 'boolean', default: false },
    profile: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const name = positionals[0] ?? '';
const bench = BENCHES[name];
if (!bench || values.help) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}
const result = await bench({
  rounds: Number(values.rounds),
  size: Number(values.size ?? SIZES[name]),
  growth: !values['no-growth'],
  ...(values.profile !== undefined && { profileFolder: values.profile }),
});
const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
console.log(JSON.stringify({ bench: name, machine, ...result }));
