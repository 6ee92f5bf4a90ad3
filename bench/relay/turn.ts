import { setTimeout as sleep } from 'node:timers/promises';
import { KafkaTopics, type KafkaConnection } from '#messaging-kafka';
import type { Database } from '#store-postgres';
import type { Contestant } from './contestant.js';
import { ROWS_A_TRANSACTION } from './events.js';
import { commitLive, type CommitTimes } from './live-commits.js';
import { serverCpuSeconds } from '../server-cpu.js';
import { checkTopic } from './topic-check.js';

const PARTITIONS = 12;
const LIVE_PER_SECOND = 1_000;
/** How often the ends of the topic are asked for; a drain's time is exact to that. */
const POLL_MS = 100;
const SETTLE_MS = 1_000;
const DRAIN_TIMEOUT_MS = 10 * 60_000;

/** Where turns take place. */
export interface Arena {
  readonly kafka: KafkaConnection;
  readonly topics: KafkaTopics;
  readonly database: Database;
  readonly postgresPid: number;
  /** Topics of all turns so far: kept until the end, since a producer goes on asking for what it once wrote to. */
  readonly used: string[];
}

/** How large a turn is; without seconds it only drains. */
export interface TurnSize {
  readonly rows: number;
  readonly liveSeconds: number;
}

/** Figures of one turn of one relay. Times in milliseconds where no unit is named; CPU and memory are the relay's process's. */
export interface Turn {
  readonly relay: string;
  readonly rows: number;
  readonly drainSeconds: number;
  readonly eventsPerS: number;
  readonly cpuMicrosPerEvent: number;
  readonly postgresCpuSeconds: number;
  readonly peakRssMiB: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly outOfOrder: number;
  readonly headerNames: readonly string[];
  readonly live: LiveFigures | null;
}

/** From the time at which the client saw COMMIT to the time at which Kafka appended. */
export interface LiveFigures {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** From the client's request to its COMMIT. */
  readonly commitP99: number;
  readonly commitsPerS: number;
  readonly relayCores: number;
}

/** One drain of waiting rows and, with the relay still running, live commits; then the topic is read back. */
export async function playTurn(contestant: Contestant, arena: Arena, { rows, liveSeconds }: TurnSize): Promise<Turn> {
  const topic = `bench.relay.${process.pid}.${Date.now()}`;
  arena.used.push(topic);
  await arena.topics.ensure([{ name: topic, kind: 'change', partitions: PARTITIONS }]);
  await contestant.prepare(topic);
  await fill(contestant, arena, topic, rows);
  const before = cpuOf(contestant, arena);
  const startedAt = performance.now();
  await contestant.start();
  await untilEnd(contestant, arena.topics, { topic, count: rows });
  const drainSeconds = (performance.now() - startedAt) / 1000;
  await sleep(SETTLE_MS); // rows are removed behind the topic's end, which is work of the drain
  const after = cpuOf(contestant, arena);
  const live = liveSeconds > 0 ? await playLive(contestant, arena, { topic, rows, liveSeconds }) : null;
  await contestant.stop();
  const times = live?.times ?? null;
  const check = await checkTopic(arena.kafka, topic, rows + (times?.doneAtMs.length ?? 0));
  return {
    relay: contestant.name,
    rows,
    drainSeconds: round(drainSeconds),
    eventsPerS: Math.round(rows / drainSeconds),
    cpuMicrosPerEvent: round(((after.relay - before.relay) / rows) * 1e6),
    postgresCpuSeconds: round(after.postgres - before.postgres),
    peakRssMiB: contestant.usage().peakRssMiB,
    ...{ lost: check.lost, duplicates: check.duplicates, outOfOrder: check.outOfOrder, headerNames: check.headerNames },
    live: live && toFigures(live, check.appendedAtMs.subarray(rows)),
  };
}

async function fill(contestant: Contestant, arena: Arena, topic: string, rows: number): Promise<void> {
  for (let from = 0; from < rows; from += ROWS_A_TRANSACTION)
    await contestant.append(arena.database, topic, from, Math.min(rows, from + ROWS_A_TRANSACTION));
  // what PostgreSQL would do some time afterwards must not fall into the one turn or the other
  await arena.database.query('CHECKPOINT');
}

async function untilEnd(
  contestant: Contestant,
  topics: KafkaTopics,
  { topic, count }: { readonly topic: string; readonly count: number },
): Promise<void> {
  const endsAt = performance.now() + DRAIN_TIMEOUT_MS;
  for (;;) {
    contestant.usage(); // throws when its process is gone
    const ends = await topics.endOffsets(topic);
    if ([...ends.values()].reduce((sum, end) => sum + Number(end), 0) >= count) return;
    if (performance.now() > endsAt) throw new Error(`${topic} does not come to hold ${count} events.`);
    await sleep(POLL_MS);
  }
}

interface CpuSeconds {
  readonly relay: number;
  readonly postgres: number;
}

interface PlayedLive {
  readonly times: CommitTimes;
  readonly seconds: number;
  readonly relayCpuSeconds: number;
}

async function playLive(
  contestant: Contestant,
  arena: Arena,
  { topic, rows, liveSeconds }: TurnSize & { readonly topic: string },
): Promise<PlayedLive> {
  const cpuBefore = contestant.usage().cpuSeconds;
  const startedAt = performance.now();
  const times = await commitLive(arena.database, {
    ...{ append: contestant.append, topic, from: rows, perSecond: LIVE_PER_SECOND, seconds: liveSeconds },
  });
  const seconds = (performance.now() - startedAt) / 1000;
  const relayCpuSeconds = contestant.usage().cpuSeconds - cpuBefore;
  await untilEnd(contestant, arena.topics, { topic, count: rows + times.doneAtMs.length });
  return { times, seconds, relayCpuSeconds };
}

function toFigures({ times, seconds, relayCpuSeconds }: PlayedLive, appendedAtMs: Float64Array): LiveFigures {
  const latencies = sorted(times.doneAtMs, (doneAtMs, index) => (appendedAtMs[index] ?? Number.NaN) - doneAtMs);
  const commits = sorted(times.doneAtMs, (doneAtMs, index) => doneAtMs - (times.askedAtMs[index] ?? Number.NaN));
  return {
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
    max: percentile(latencies, 1),
    commitP99: percentile(commits, 0.99),
    commitsPerS: Math.round(times.doneAtMs.length / seconds),
    relayCores: round(relayCpuSeconds / seconds),
  };
}

function sorted(values: Float64Array, toValue: (value: number, index: number) => number): Float64Array {
  return values.map(toValue).sort();
}

function percentile(ascending: Float64Array, share: number): number {
  return round(ascending[Math.ceil(share * ascending.length) - 1] ?? Number.NaN);
}

function cpuOf(contestant: Contestant, arena: Arena): CpuSeconds {
  return { relay: contestant.usage().cpuSeconds, postgres: serverCpuSeconds(arena.postgresPid) };
}

function round(value: number): number {
  return Number(value.toFixed(2));
}
