import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaTopics } from '#messaging-kafka';
import { CreateOutboxTables, Database } from '#store-postgres';
import { OurRelay, READERS, type Reader } from '../relay/our-relay.js';
import { startOwnStack, type OwnStack } from '../relay/own-stack.js';
import type { BenchArguments, BenchResult, Goal } from '../report.js';
import { peaksOf, sample, type Peaks, type Sample } from './samples.js';
import { Churn, WRITERS } from './workload.js';

const SAMPLE_EVERY_MS = 5_000;
/** A session that keeps an old snapshot holds dead rows back: so long, and so often. */
const HELD_EVERY_S = 300;
const HELD_S = 45;
/** How much the last third may stand above the first. */
const GROWTH = 1.2;
/** Checkpoints keep the WAL around this, the server's default; a slot may hold some more. */
const WAL_MIB = 1_024 * 1.5;

/** One reader at work on an outbox of its own. */
interface Place {
  readonly reader: Reader;
  readonly database: Database;
  readonly relay: OurRelay;
  readonly topic: string;
  readonly churn: Churn;
  readonly samples: Sample[];
}

/** Both readers of the outbox for `size` minutes on one PostgreSQL: whether tables, dead rows, WAL and memory stay bounded. */
export async function churn({ size: minutes }: BenchArguments): Promise<BenchResult> {
  const stack = await startOwnStack(false);
  const topics = new KafkaTopics({ brokers: stack.servers.KAFKA_BROKERS.split(','), clientId: 'bench-churn' });
  const places: Place[] = [];
  try {
    for (const reader of READERS) places.push(await openPlace(stack, topics, reader));
    await run(places, minutes * 60);
    return await judge(places, topics);
  } finally {
    for (const { relay, database } of places) {
      await relay.close();
      await database.close();
    }
    await topics.deleteTopics(places.map(({ topic }) => topic));
    await topics.close();
    await stack.drop();
  }
}

async function openPlace({ servers }: OwnStack, topics: KafkaTopics, reader: Reader): Promise<Place> {
  const schema = `churn_${reader}`;
  const topic = `bench.churn.${reader}.${Date.now()}`;
  const options = { url: servers.DATABASE_URL, schema, applicationName: 'bench churn', poolSize: WRITERS + 4 };
  const database = await Database.connect(options, [CreateOutboxTables]);
  await database.migrate();
  await topics.ensure([{ name: topic, kind: 'change', partitions: 4 }]);
  const brokers = servers.KAFKA_BROKERS.split(',');
  const relay = await OurRelay.open({ databaseUrl: options.url, schema, brokers, reader }, database);
  return { reader, database, relay, topic, churn: new Churn(database, topic), samples: [] };
}

async function run(places: readonly Place[], seconds: number): Promise<void> {
  const startedAt = performance.now();
  const passed = (): number => (performance.now() - startedAt) / 1000;
  for (const { relay } of places) await relay.start();
  const working = Promise.all(places.map((place) => place.churn.run()));
  const holding = holdSnapshots(places[0]?.database, () => passed() < seconds);
  while (passed() < seconds) {
    await Promise.race([sleep(SAMPLE_EVERY_MS), working]);
    for (const { database, relay, samples, reader } of places) {
      samples.push(await sample(database, Math.round(passed()), relay.usage().peakRssMiB));
      if (samples.length % 12 === 0) console.log(reader, JSON.stringify(samples.at(-1)));
    }
  }
  for (const place of places) place.churn.stop();
  await working;
  await holding;
  for (const { relay } of places) await relay.stop();
}

/** A report that somebody forgot: its snapshot is as old as its transaction. */
async function holdSnapshots(database: Database | undefined, goesOn: () => boolean): Promise<void> {
  for (let second = 1; goesOn(); second += 1) {
    await sleep(1_000);
    if (second % HELD_EVERY_S !== HELD_S) continue;
    await database?.transaction(async (sql) => {
      await sql.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ');
      await sql.query('SELECT count(*) FROM outbox');
      for (let held = 0; held < HELD_S && goesOn(); held += 1) await sleep(1_000);
    });
  }
}

async function judge(places: readonly Place[], topics: KafkaTopics): Promise<BenchResult> {
  const goals: Goal[] = [];
  const runs: Record<string, unknown>[] = [];
  for (const { reader, samples, churn: work, topic } of places) {
    const ends = [...(await topics.endOffsets(topic)).values()];
    const lost = work.committed - ends.reduce((sum, end) => sum + Number(end), 0);
    const of = (field: Exclude<keyof Sample, 'second'>): Peaks => peaksOf(samples, field);
    const figures = {
      outboxMiB: of('outboxMiB'),
      deadTuples: of('deadTuples'),
      walMiB: of('walMiB'),
      waitingRows: of('waitingRows'),
      relayRssMiB: of('relayRssMiB'),
    };
    runs.push({ reader, committed: work.committed, seconds: samples.at(-1)?.second, ...figures });
    goals.push(
      bounded(`${reader}_outbox_growth`, figures.outboxMiB),
      bounded(`${reader}_dead_tuples_growth`, figures.deadTuples),
      bounded(`${reader}_rss_growth`, figures.relayRssMiB),
      {
        name: `${reader}_wal_mib`,
        value: figures.walMiB.all,
        goal: `<= ${WAL_MIB}`,
        met: figures.walMiB.all <= WAL_MIB,
      },
      { name: `${reader}_lost`, value: lost, goal: '= 0', met: lost === 0 },
    );
  }
  return { goals, runs };
}

function bounded(name: string, { first, last }: Peaks): Goal {
  const growth = Number((last / Math.max(first, 1)).toFixed(2));
  return { name, value: growth, goal: `<= ${GROWTH}`, met: growth <= GROWTH };
}
