import { randomBytes } from 'node:crypto';
import { loadavg } from 'node:os';
import { createDatabase, dropDatabase, type ServerAddresses } from '#hub-runner';
import { AvroCodec, EventCodec, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { spread, type BenchArguments, type BenchResult, type Goal } from '../report.js';
import { startServers } from '../stack.js';
import { CONSUMERS, playConsumer, SIDES, type ConsumerName } from './contestant.js';
import type { Figures } from './tally.js';
import { fillTopic } from './workload.js';

const PARTITIONS = 4;

interface Run extends Figures {
  readonly consumer: ConsumerName;
  readonly round: number;
  /** Of the minute before the run ended: both consumers take what others leave them. */
  readonly loadAverage: number;
}

interface Arena {
  readonly servers: ServerAddresses;
  readonly databaseUrl: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  readonly given: BenchArguments;
}

/** Change events of one topic, consumed by Nest's own Kafka transport and by our batch transport, in turns. */
export async function consumer(given: BenchArguments): Promise<BenchResult> {
  const servers = await startServers();
  const kafka = { brokers: servers.KAFKA_BROKERS.split(','), clientId: 'bench' };
  const name = `bench_consumer_${randomBytes(4).toString('hex')}`;
  const databaseUrl = await createDatabase(servers.DATABASE_URL, name);
  const topics = new KafkaTopics(kafka);
  const arena = { servers, databaseUrl, topic: name, deadLetterTopic: `${name}.dead-letter`, given };
  try {
    await topics.ensure([
      { name: arena.topic, kind: 'change', partitions: PARTITIONS },
      { name: arena.deadLetterTopic, kind: 'dead-letter', partitions: 1 },
    ]);
    const codec = new AvroCodec(new SchemaRegistry({ url: servers.REGISTRY_URL }));
    await codec.ensureSchemas();
    await fillTopic(kafka, new EventCodec(codec), { topic: arena.topic, count: given.size });
    return toResult(await playRounds(arena));
  } finally {
    await topics.deleteTopics([arena.topic, arena.deadLetterTopic]);
    await topics.close();
    await dropDatabase(servers.DATABASE_URL, databaseUrl);
  }
}

/** The order alternates, so that none always has the caches that the other left. */
async function playRounds(arena: Arena): Promise<Run[]> {
  const runs: Run[] = [];
  for (let round = 1; round <= arena.given.rounds; round += 1)
    for (const name of round % 2 === 1 ? CONSUMERS : CONSUMERS.toReversed()) {
      console.log(`round ${round} of ${arena.given.rounds}: ${name}, ${arena.given.size} messages`);
      runs.push(await playOnce(arena, name, round));
      console.log(JSON.stringify(runs.at(-1)));
    }
  return runs;
}

async function playOnce(arena: Arena, name: ConsumerName, round: number): Promise<Run> {
  const { servers, databaseUrl, topic, deadLetterTopic, given } = arena;
  const settings = {
    consumer: name,
    brokers: servers.KAFKA_BROKERS.split(','),
    registryUrl: servers.REGISTRY_URL,
    databaseUrl,
    schema: `round_${round}`,
    topic,
    groupId: `${topic}-${name}-${round}`,
    deadLetterTopic,
    count: given.size,
  };
  const figures = await playConsumer(settings, given.profileFolder);
  return { consumer: name, round, ...figures, loadAverage: Number((loadavg()[0] ?? 0).toFixed(2)) };
}

function toResult(runs: readonly Run[]): BenchResult {
  const of = (name: ConsumerName, toValue: (run: Run) => number): number[] =>
    runs.filter((run) => run.consumer === name).map(toValue);
  for (const name of CONSUMERS)
    console.log(
      JSON.stringify({
        consumer: name,
        does: SIDES[name],
        messagesPerS: spread(of(name, (run) => run.messagesPerS)),
        cpuMicrosPerMessage: spread(of(name, (run) => run.cpuMicrosPerMessage)),
        peakRssMiB: spread(of(name, (run) => run.peakRssMiB)),
      }),
    );
  const rate = (name: ConsumerName): number => spread(of(name, (run) => run.messagesPerS)).median;
  const ratio = Number((rate('ours') / rate('stock')).toFixed(2));
  // what others take of the machine does not move this one much
  const cpu = (name: ConsumerName): number => spread(of(name, (run) => run.cpuMicrosPerMessage)).median;
  console.log(JSON.stringify({ ratioOfCpuPerMessage: Number((cpu('stock') / cpu('ours')).toFixed(2)) }));
  const goals = [
    { name: 'ratio_vs_stock_serverkafka', value: ratio, goal: '>= 4', met: ratio >= 4 },
    zero('lost', Math.max(...of('ours', (run) => run.lost))),
    zero('out_of_order', Math.max(...of('ours', (run) => run.outOfOrder))),
  ];
  return { goals, runs: runs.map((run) => ({ ...run })) };
}

function zero(name: string, value: number): Goal {
  return { name, value, goal: '= 0', met: value === 0 };
}
