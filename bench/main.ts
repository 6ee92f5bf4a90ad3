import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { churn } from './churn/churn.js';
import { consumer } from './consumer/consumer.js';
import { firstImport } from './first-import.js';
import { realImport } from './real-import/real-import.js';
import { reconcile } from './reconcile/reconcile.js';
import { search } from './search/search.js';
import { relay } from './relay/relay.js';
import { replay } from './replay/replay.js';
import type { BenchArguments, BenchResult } from './report.js';
import { seed } from './seed/seed.js';
import { soak } from './soak/soak.js';

const BENCHES: Readonly<Record<string, (given: BenchArguments) => Promise<BenchResult>>> = {
  'first-import': firstImport,
  'real-import': realImport,
  consumer,
  relay,
  churn,
  reconcile,
  soak,
  replay,
  search,
  seed,
};

const SIZES: Readonly<Record<string, number>> = {
  'first-import': 100_000,
  'real-import': 2_000,
  consumer: 200_000,
  relay: 500_000,
  churn: 30,
  reconcile: 1_000_000,
  'reconcile --vendure': 2_000,
  soak: 100_000,
  replay: 1_000_000,
  search: 5_000_000,
  seed: 1_000_000,
};
const PEERS: Readonly<Record<string, readonly string[]>> = { relay: ['debezium'], reconcile: ['reladiff'] };

const USAGE = `Usage: npm run bench -- NAME [--rounds N] [--size N] [--peer P] [--no-growth] [--profile FOLDER] [--api | --vendure] [--kill]

Benches:
  first-import   products from a sql source to the golden topic and into a second sql store, beside a plain page copy
  real-import    products from a real Tryton to a real Vendure (default size 2000), beside the same mutations sent bare
  consumer       change events (default 200000) from a topic to a handler, beside the ServerKafka of @nestjs/microservices
  relay          waiting rows (default 500000) and live commits from the outbox to a topic; with --peer debezium beside
                 Debezium's outbox router, on a PostgreSQL of the bench's own
  churn          both readers of the outbox at work for so many minutes (default 30): whether all stays bounded
  reconcile      a round over a PostgreSQL store of products (default 1000000) with planted drift, beside hashing both stores
                 in place; with --peer reladiff beside reladiff; without --no-growth also no drift, a tenth, and three times the size
                 with --api over the same products behind a paged HTTP API; with --vendure over those of a real Vendure (default
                 2000); --kill also kills the connector in the middle of either
  soak           live writes for --minutes (default 20) at --rate a second (default 300) on a hub that lags, while full scans
                 run and drift is planted; then --pairs (default 5) of windows with and without scans; default size 100000
  replay         change events (default 1000000) into a group's private lane, with a kill -9 in the middle and a resume

  search         an index of records (default 5000000) filled from topics, then searched by business key, event id and trace over HTTP
  seed           golden products (default 1000000) into a new PostgreSQL while 500 writes a second go on, beside a bare consumer with
                 COPY; then certified, compared and tampered with

--profile FOLDER writes a CPU profile of every process.

The last line is one JSON object, with --json or without: {"bench","machine","goals":[{"name","value","goal","met"}],"runs":[…]}.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    size: { type: 'string' },
    'no-growth': { type: 'boolean', default: false },
    peer: { type: 'string' },
    profile: { type: 'string' },
    minutes: { type: 'string' },
    rate: { type: 'string' },
    pairs: { type: 'string' },
    json: { type: 'boolean', default: false },
    api: { type: 'boolean', default: false },
    vendure: { type: 'boolean', default: false },
    kill: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const name = positionals[0] ?? '';
const bench = BENCHES[name];
const isPeerKnown = values.peer === undefined || PEERS[name]?.includes(values.peer);
const store = values.vendure ? 'vendure' : values.api ? 'api' : undefined;
if (!bench || !isPeerKnown || values.help) {
  console.error(USAGE);
  process.exit(values.help ? 0 : 2);
}
const result = await bench({
  rounds: Number(values.rounds),
  size: Number(values.size ?? SIZES[store === 'vendure' ? 'reconcile --vendure' : name]),
  growth: !values['no-growth'],
  ...(values.minutes !== undefined && { minutes: Number(values.minutes) }),
  ...(values.rate !== undefined && { rate: Number(values.rate) }),
  ...(values.pairs !== undefined && { pairs: Number(values.pairs) }),
  ...(store !== undefined && { store }),
  kill: values.kill,
  ...(values.peer !== undefined && { peer: values.peer }),
  ...(values.profile !== undefined && { profileFolder: values.profile }),
});
const machine = { cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version };
console.log(JSON.stringify({ bench: name, machine, ...result }));
