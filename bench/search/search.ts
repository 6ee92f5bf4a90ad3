import { join } from 'node:path';
import type { RecordsAnswer } from '#contracts';
import { schemaName } from '#hub-file';
import { ScratchHub, type ServerAddresses } from '#hub-runner';
import { AvroCodec, SchemaRegistry } from '#messaging-kafka';
import { Database } from '#store-postgres';
import type { BenchArguments, BenchResult, Goal } from '../report.js';
import { serverCpuSeconds } from '../server-cpu.js';
import { ROOT, serverPid, startServers } from '../stack.js';
import { eventIdOf, keyOf, publishRecords, traceOf, workloadOf, type Workload } from './records.js';

const SEARCHES = 1_000;
const WARM_UP = 50;
const TIMEOUT_MS = 60 * 60_000;
const SYSTEMS = `
systems:
  erp: { connector: sql, config: { url: 'postgres://nobody@127.0.0.1/none' }, entities: { price: { source: p, key: [sku], fields: { amount: amount } } } }
survivorship:
  price: { version: 1, create: [erp], delete: [erp], owner: { erp: [amount] } }
`;

interface Run {
  readonly records: number;
  readonly recordsPerS: number;
  readonly indexerCpuMicrosPerRecord: number;
  /** Of all of PostgreSQL while the index was filled; null where it is not of our own stack. */
  readonly postgresCpuMicrosPerRecord: number | null;
  readonly indexerRssMiB: number;
  readonly bytesPerRecord: Readonly<Record<string, number>>;
  readonly lag: number;
  /** `floor` is an answer of the same process without a search. */
  readonly searches: Readonly<Record<string, Percentiles>>;
  /** Of the indexer for one search by key, beyond the floor. */
  readonly searchCpuMicros: number;
}
interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** Fills the index from topics and searches it. Cold is the first search of each key; the system's cache is not emptied. */
export async function search({ size, rounds }: BenchArguments): Promise<BenchResult> {
  const servers = await startServers();
  const runs: Run[] = [];
  for (let round = 1; round <= (size > 1_000_000 ? 1 : rounds); round += 1) {
    runs.push(await measure(servers, workloadOf(size)));
    console.log(JSON.stringify(runs.at(-1)));
  }
  return { goals: toGoals(runs), runs: runs.map((run) => ({ ...run })) };
}

function toGoals(runs: readonly Run[]): Goal[] {
  const p99 = Math.max(
    ...runs.flatMap(({ searches }) => [searches['keyCold']?.p99 ?? 0, searches['keyWarm']?.p99 ?? 0]),
  );
  const typeP99 = Math.max(...runs.map(({ searches }) => searches['newestOfType']?.p99 ?? 0));
  const lag = Math.max(...runs.map((run) => run.lag));
  return [
    { name: 'p99_ms', value: p99, goal: '<= 50', met: p99 <= 50 },
    { name: 'type_p99_ms', value: typeP99, goal: '<= 50', met: typeP99 <= 50 },
    { name: 'not_indexed', value: lag, goal: '= 0', met: lag === 0 },
  ];
}

async function measure(servers: ServerAddresses, workload: Workload): Promise<Run> {
  const folder = join(ROOT, '.plumbline/bench/search');
  const hub = await ScratchHub.create({
    root: ROOT,
    folder,
    servers,
    systems: SYSTEMS,
    environment: {},
    logLevel: 'warn',
  });
  try {
    const codec = new AvroCodec(new SchemaRegistry({ url: servers.REGISTRY_URL }));
    await codec.ensureSchemas();
    const connection = { brokers: servers.KAFKA_BROKERS.split(','), clientId: 'bench' };
    await publishRecords(workload, { connection, codec, prefix: hub.file.hub.topicPrefix });
    console.log(`${workload.records} records published`);
    return await fillAndSearch(hub, workload);
  } finally {
    await hub.drop();
  }
}

async function fillAndSearch(hub: ScratchHub, { records, keys }: Workload): Promise<Run> {
  const postgres = findPostgres();
  const [startedAt, cpuBefore] = [performance.now(), postgres === null ? 0 : serverCpuSeconds(postgres)];
  await hub.processes.start('indexer');
  await untilIndexed(hub);
  const seconds = (performance.now() - startedAt) / 1000;
  const { cpuSeconds, peakRssMiB } = hub.processes.usage('indexer');
  const micros = (cpu: number): number => Number(((cpu * 1e6) / records).toFixed(2));
  const filled = {
    ...{ records, recordsPerS: Math.round(records / seconds), indexerCpuMicrosPerRecord: micros(cpuSeconds) },
    postgresCpuMicrosPerRecord: postgres === null ? null : micros(serverCpuSeconds(postgres) - cpuBefore),
    indexerRssMiB: peakRssMiB,
  };
  console.log(JSON.stringify(filled));
  const { searches, searchCpuMicros } = await searchAll(hub, keys);
  const { lag } = await ask(hub, { limit: '1', fresh: 'true' });
  return { ...filled, bytesPerRecord: await measureBytes(hub, records), lag, searches, searchCpuMicros };
}

/** Null where the server is not of our own stack. */
function findPostgres(): number | null {
  try {
    return serverPid('postgres');
  } catch {
    return null;
  }
}

async function untilIndexed(hub: ScratchHub): Promise<void> {
  const endsAt = Date.now() + TIMEOUT_MS;
  for (;;) {
    const { lag, offsets } = await ask(hub, { limit: '1', fresh: 'true' });
    if (lag === 0 && offsets.length > 0) return;
    if (Date.now() > endsAt) throw new Error(`still ${lag} records to index`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function searchAll(hub: ScratchHub, keys: number): Promise<Pick<Run, 'searches' | 'searchCpuMicros'>> {
  const picks = Array.from(
    { length: SEARCHES },
    (_, index) => Math.floor((index * keys) / SEARCHES + ((index * 7_919) % 97)) % keys,
  );
  for (let index = 0; index < WARM_UP; index += 1) await ask(hub, { key: `no such key ${index}` });
  const traced = picks.map((index) => index - (index % 10));
  const byKey = (index: number): Promise<number> => found(hub, { key: keyOf(index) });
  const cpu = (): number => hub.processes.usage('indexer').cpuSeconds;
  const beforeFloor = cpu();
  const floor = await time(picks, () => hub.processes.call('indexer', '/health/live'));
  const beforeKeys = cpu();
  const keyCold = await time(picks, byKey);
  const searchCpu = cpu() - beforeKeys - (beforeKeys - beforeFloor);
  const searches = {
    ...{ floor, keyCold },
    keyWarm: await time(picks, byKey),
    event: await time(picks, (index) => found(hub, { event: eventIdOf(index) })),
    trace: await time(traced, (index) => found(hub, { trace: traceOf(index) })),
    newestOfType: await time(picks, () => found(hub, { type: 'golden.price.v1' })),
  };
  return { searches, searchCpuMicros: Math.round((searchCpu * 1e6) / SEARCHES) };
}

async function found(hub: ScratchHub, query: Readonly<Record<string, string>>): Promise<number> {
  const { records } = await ask(hub, query);
  if (records.length === 0) throw new Error(`nothing was found for ${JSON.stringify(query)}`);
  return records.length;
}

function ask(hub: ScratchHub, query: Readonly<Record<string, string>>): Promise<RecordsAnswer> {
  return hub.processes.call('indexer', `/records?${new URLSearchParams(query).toString()}`);
}

async function time(picks: readonly number[], work: (index: number) => Promise<unknown>): Promise<Percentiles> {
  const times: number[] = [];
  for (const index of picks) {
    const startedAt = performance.now();
    await work(index);
    times.push(performance.now() - startedAt);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number =>
    Number((times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0).toFixed(2));
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

async function measureBytes(hub: ScratchHub, records: number): Promise<Record<string, number>> {
  const place = {
    url: hub.databaseUrl,
    schema: schemaName(hub.file, 'indexer'),
    applicationName: 'bench',
    poolSize: 1,
  };
  const database = await Database.connect(place, []);
  try {
    const rows = await database.query<{ name: string; bytes: string }>(`
      SELECT relname AS name, pg_table_size(c.oid) AS bytes FROM pg_class AS c
      WHERE relnamespace = to_regnamespace(current_schema()) AND (relname LIKE 'indexed_record%') AND relkind IN ('r', 'i')`);
    const each = rows.map(({ name, bytes }) => [name, Number((Number(bytes) / records).toFixed(1))] as const);
    const all = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0) / records;
    return { ...Object.fromEntries(each), all: Number(all.toFixed(1)) };
  } finally {
    await database.close();
  }
}
