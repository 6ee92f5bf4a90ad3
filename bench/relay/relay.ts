import { KafkaTopics } from '#messaging-kafka';
import { CreateOutboxTables, Database } from '#store-postgres';
import { spread, type BenchArguments, type BenchResult, type Goal } from '../report.js';
import type { Contestant } from './contestant.js';
import { createDebeziumOutbox, Debezium, DEBEZIUM_CONFIGURATIONS } from './debezium.js';
import { WRITERS } from './live-commits.js';
import { OurRelay, READERS } from './our-relay.js';
import { startOwnStack, type OwnStack } from './own-stack.js';
import { playTurn, type Arena, type Turn } from './turn.js';

const LIVE_SECONDS = 30;
/** Rows that each relay drains before anything is counted: Java's compiler needs them. */
const WARM_UP_ROWS = 200_000;
const SCHEMA = 'bench';
const TUNED = 'debezium tuned';

/** Waiting rows and live commits from an outbox to a topic, by our relay and by Debezium's outbox router, in turns. */
export async function relay(given: BenchArguments): Promise<BenchResult> {
  const withDebezium = given.peer === 'debezium';
  const stack = await startOwnStack(withDebezium);
  try {
    return await playRounds(stack, given, withDebezium);
  } finally {
    await stack.drop();
  }
}

async function playRounds(stack: OwnStack, given: BenchArguments, withDebezium: boolean): Promise<BenchResult> {
  const kafka = { brokers: stack.servers.KAFKA_BROKERS.split(','), clientId: 'bench' };
  const options = { url: stack.servers.DATABASE_URL, schema: SCHEMA, applicationName: 'bench', poolSize: WRITERS };
  const database = await Database.connect(options, [CreateOutboxTables]);
  await database.migrate();
  const topics = new KafkaTopics(kafka);
  const arena = { kafka, topics, database, postgresPid: stack.pidOf('postgres'), used: [] as string[] };
  const contestants: Contestant[] = [];
  try {
    for (const reader of READERS) {
      const settings = { databaseUrl: options.url, schema: SCHEMA, brokers: kafka.brokers, reader };
      contestants.push(await OurRelay.open(settings, database, given.profileFolder));
    }
    if (withDebezium) contestants.push(...(await openDebezium(stack, database)));
    return toResult(await playAll(contestants, arena, given));
  } finally {
    for (const contestant of contestants) await contestant.close();
    await topics.deleteTopics(arena.used);
    await topics.close();
    await database.close();
  }
}

async function openDebezium(stack: OwnStack, database: Database): Promise<Debezium[]> {
  await createDebeziumOutbox(database);
  const place = {
    url: stack.debeziumUrl ?? '',
    pid: stack.pidOf('debezium'),
    databaseUrl: stack.servers.DATABASE_URL,
    database,
  };
  return Object.keys(DEBEZIUM_CONFIGURATIONS).map((name) => new Debezium(name, place));
}

async function playAll(contestants: readonly Contestant[], arena: Arena, given: BenchArguments): Promise<Turn[]> {
  const turns: Turn[] = [];
  for (const contestant of contestants) {
    console.log(`warm-up: ${contestant.name}`);
    console.log(JSON.stringify(await playTurn(contestant, arena, { rows: WARM_UP_ROWS, liveSeconds: 0 })));
  }
  for (let round = 1; round <= given.rounds; round += 1)
    for (const contestant of contestants) {
      console.log(`round ${round} of ${given.rounds}: ${contestant.name}, ${given.size} rows`);
      turns.push(await playTurn(contestant, arena, { rows: given.size, liveSeconds: LIVE_SECONDS }));
      console.log(JSON.stringify(turns.at(-1)));
    }
  return turns;
}

/** Figures of one relay over all rounds: medians, and the worst of memory. */
interface Summary {
  readonly relay: string;
  readonly eventsPerS: number;
  readonly p99: number;
  readonly cpuMicrosPerEvent: number;
  readonly rssMiB: number;
}

function toResult(turns: readonly Turn[]): BenchResult {
  const summaries = [...new Set(turns.map((turn) => turn.relay))].map((name) => summarise(name, turns));
  for (const summary of summaries) console.log(JSON.stringify(summary));
  const ours = summaries.filter(({ relay: name }) => name.startsWith('ours'));
  const tuned = summaries.find(({ relay: name }) => name === TUNED);
  const [best] = [...ours].sort((a, b) => weakerSide(b, tuned) - weakerSide(a, tuned));
  if (!best) return { goals: [], runs: [] };
  console.log(`judged on: ${best.relay}`);
  const own = turns.filter(({ relay: name }) => name.startsWith('ours'));
  const goals = [
    ...(tuned ? toRatios(best, tuned) : []),
    atMost('rss_mib', best.rssMiB, 200),
    zero('lost', Math.max(...own.map(({ lost }) => lost))),
    zero('out_of_order', Math.max(...own.map(({ outOfOrder }) => outOfOrder))),
    atMost('cpu_us_per_event', best.cpuMicrosPerEvent, 7),
  ];
  return { goals, runs: turns.map((turn) => ({ ...turn })) };
}

function summarise(name: string, all: readonly Turn[]): Summary {
  const turns = all.filter((turn) => turn.relay === name);
  const median = (toValue: (turn: Turn) => number): number => spread(turns.map(toValue)).median;
  return {
    relay: name,
    eventsPerS: median((turn) => turn.eventsPerS),
    p99: median((turn) => turn.live?.p99 ?? Number.NaN),
    cpuMicrosPerEvent: median((turn) => turn.cpuMicrosPerEvent),
    rssMiB: Math.max(...turns.map((turn) => turn.peakRssMiB)),
  };
}

/** A reader is as good as what it is worse at, throughput or latency, beside the peer; without one throughput decides. */
function weakerSide(ours: Summary, tuned: Summary | undefined): number {
  if (!tuned) return ours.eventsPerS;
  return Math.min(ours.eventsPerS / tuned.eventsPerS, tuned.p99 / ours.p99);
}

/** The peer's figures beside the best reader's. */
function toRatios(best: Summary, tuned: Summary): Goal[] {
  const drain = Number((best.eventsPerS / tuned.eventsPerS).toFixed(2));
  return [
    { name: 'drain_ratio_vs_debezium_tuned', value: drain, goal: '>= 1', met: drain >= 1 },
    atMost('p99_ratio_vs_debezium_tuned', Number((best.p99 / tuned.p99).toFixed(2)), 1),
  ];
}

function atMost(name: string, value: number, limit: number): Goal {
  return { name, value, goal: `<= ${limit}`, met: value <= limit };
}

function zero(name: string, value: number): Goal {
  return { name, value, goal: '= 0', met: value === 0 };
}
