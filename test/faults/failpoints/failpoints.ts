import { randomBytes } from 'node:crypto';
import { fromContributionRecord, topicNames } from '#contracts';
import { ScratchHub } from '#hub-runner';
import { AvroCodec, SchemaRegistry, TopicReader } from '#messaging-kafka';
import { readTopic } from '../evidence.js';
import { waitUntilQuiet } from '../quiesce.js';
import { FAULTS_FOLDER, ROOT, startServers } from '../servers.js';
import type { WatchedHub } from '../test-hub.js';
import { FailpointRun, pointsOf, type Mutant, type Point } from './failpoint-run.js';
import { judgePoint, type AuthoredEvent, type PointFindings } from './judge.js';
import { articleOf, Source, SOURCE_SYSTEM } from './source.js';
import type { Target, TargetName } from './target.js';
import { openTrytonTarget } from './tryton-target.js';
import { openVendure } from './vendure-target.js';

/** One run. */
export interface FailpointsOptions {
  readonly systems: readonly TargetName[];
  /** Names of points to kill at. */
  readonly points: RegExp;
  readonly mutant: Mutant | null;
  readonly log: (text: string) => void;
}

/** Counts over all points; `valid` only when every point killed and nothing is wrong. */
export interface FailpointsResult {
  readonly points: number;
  readonly killed: number;
  readonly second_records: number;
  readonly echoes: number;
  readonly lost_edits: number;
  readonly unequal_rows: number;
  readonly edits: number;
  readonly seconds: number;
  /** What kept the hub from coming to rest; null when it did. */
  readonly unrest: string | null;
  readonly valid: boolean;
}

const QUIET_MS = 180_000;
const COUNTS = ['second_records', 'echoes', 'lost_edits', 'unequal_rows'] as const;

/** Kills connectors between every two steps of a create and an update, then reads the systems themselves. */
export async function failpoints(options: FailpointsOptions): Promise<FailpointsResult> {
  const startedAt = performance.now();
  const servers = await startServers(options.systems);
  const prefix = `FP${randomBytes(3).toString('hex').toUpperCase()}`;
  const source = await Source.create(servers.DATABASE_URL, `source_${prefix.toLowerCase()}`);
  const targets: Target[] = [];
  let test: WatchedHub | null = null;
  try {
    for (const name of options.systems) targets.push(await openTarget(name, prefix));
    test = await createHub(servers, source, targets);
    const result = await killAtAll(test, { source, targets, prefix, options });
    return { ...result, seconds: Math.round((performance.now() - startedAt) / 1000) };
  } finally {
    await test?.hub.drop();
    await test?.reader.close();
    for (const target of targets) await target.close();
    await source.drop();
  }
}

function openTarget(name: TargetName, prefix: string): Promise<Target> {
  return name === 'vendure' ? openVendure() : openTrytonTarget(prefix);
}

async function createHub(
  servers: Awaited<ReturnType<typeof startServers>>,
  source: Source,
  targets: readonly Target[],
): Promise<WatchedHub> {
  const owners = targets.map(({ system, ownField }) => `${system}: [${ownField}]`);
  const systems = `systems:${SOURCE_SYSTEM}${targets.map(({ hubFile }) => hubFile).join('')}
survivorship:
  product:
    version: 1
    create: [erp]
    delete: [erp]
    owner: { erp: [name, description, weight, active], ${owners.join(', ')} }
limits:
  live: { product: { maxChangedShare: 1, minChanged: 1000000 } }
`;
  const hub = await ScratchHub.create({
    root: ROOT,
    folder: FAULTS_FOLDER,
    servers,
    systems,
    environment: { ERP_URL: source.url },
  });
  const connection = { brokers: servers.KAFKA_BROKERS.split(','), clientId: 'plumbline-test' };
  const codec = new AvroCodec(new SchemaRegistry({ url: servers.REGISTRY_URL }));
  return { hub, connection, codec, reader: new TopicReader(connection) };
}

interface Work {
  readonly source: Source;
  readonly targets: readonly Target[];
  readonly prefix: string;
  readonly options: FailpointsOptions;
}

async function killAtAll(test: WatchedHub, work: Work): Promise<Omit<FailpointsResult, 'seconds'>> {
  const { source, targets, prefix, options } = work;
  const { log } = options;
  const runs = targets.map((target) => {
    const points = pointsOf(target, prefix, options.points);
    return { target, points, run: new FailpointRun({ test, source, target, points, mutant: options.mutant, log }) };
  });
  await seed(
    test,
    source,
    runs.flatMap(({ points }) => points),
  );
  log('seeded; killing');
  for (const { target } of runs) requireRequests(target);
  await Promise.all(runs.map(({ run }) => run.run()));
  log('waiting until all is quiet');
  const unrest = await waitUntilQuiet(test, { writtenAtMs: Date.now(), timeoutMs: QUIET_MS });
  const counts = { points: 0, killed: 0, second_records: 0, echoes: 0, lost_edits: 0, unequal_rows: 0, edits: 0 };
  for (const { target, points, run } of runs) {
    const evidence = await collect(test, source, target);
    counts.edits += run.edits.length;
    for (const point of points) {
      const found = judgePoint({ ...evidence, keys: Object.values(point.keys), edits: run.edits });
      counts.points += 1;
      counts.killed += run.killed.has(point.name) ? 1 : 0;
      for (const name of COUNTS) counts[name] += found[name].length;
      log(rowOf(target, point, run.killed.has(point.name), found));
    }
  }
  const isClean = counts.killed === counts.points && COUNTS.every((name) => counts[name] === 0);
  return { ...counts, unrest, valid: unrest === null && isClean && counts.points > 0 };
}

/** The first import, and one update, so that every kind of request has been seen before anything is killed. */
async function seed(test: WatchedHub, source: Source, points: readonly Point[]): Promise<void> {
  const { hub } = test;
  const keys = points.flatMap(({ keys: { changed, beside } }) => [changed, beside]);
  const [first = ''] = keys;
  const warm = `${first}-warm`;
  await hub.processes.startAll();
  for (const { id } of hub.file.systems) if (id !== 'erp') await hub.setMode(id, 'write');
  await source.put([...keys.map((key) => articleOf(key, 1, true)), articleOf(warm, 1, false)]);
  const settle = async (): Promise<void> => {
    const unrest = await waitUntilQuiet(test, { writtenAtMs: Date.now(), timeoutMs: QUIET_MS });
    if (unrest !== null) throw new Error(`the first import does not end: ${unrest}`);
  };
  await settle();
  await source.put([articleOf(warm, 2, true)]);
  await settle();
}

/** A request that a write needs and no point is named after would be a place at which nothing was killed. */
function requireRequests({ name, gate, requests }: Target): void {
  const seen = [...gate.seen].sort().join(', ');
  const known = [...requests].sort().join(', ');
  if (seen !== known) throw new Error(`${name} is written by other requests than are killed at: ${seen}; not ${known}`);
}

async function collect(
  test: WatchedHub,
  source: Source,
  target: Target,
): Promise<Omit<Parameters<typeof judgePoint>[0], 'keys' | 'edits'>> {
  const names = topicNames(test.hub.file.hub.topicPrefix);
  const system = test.hub.file.systems.find(({ id }) => id === target.system);
  const messages = system ? await readTopic(test, names.change(system.id, 'product')) : [];
  const events = messages.flatMap(({ value }): AuthoredEvent[] => {
    if (!value) return [];
    const { key, sequence, fields } = fromContributionRecord('product', test.codec.decode(value).record);
    return [{ key, sequence, fields }];
  });
  const { ownField, hasDescription } = target;
  const [products, leftovers] = [await target.read(), await target.leftovers()];
  return { articles: source.articles, products, leftovers, events, ownField, hasDescription };
}

function rowOf({ name }: Target, point: Point, isKilled: boolean, found: PointFindings): string {
  const counts = COUNTS.map((count) => `${count} ${found[count].length}`).join(', ');
  const details = COUNTS.flatMap((count) => found[count].map((text) => `\n    ${count}: ${text}`)).join('');
  return `${name} ${point.name}: ${isKilled ? 'killed' : 'NOT KILLED'}, ${counts}${details}`;
}
