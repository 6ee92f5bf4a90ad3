import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ENTITIES, topicNames } from '#contracts';
import { createDatabase, dropDatabase, type ServerAddresses } from '#hub-runner';
import { AvroCodec, EventCodec, KafkaTopics, SchemaRegistry } from '#messaging-kafka';
import { spread, type BenchArguments, type BenchResult, type Goal } from '../report.js';
import { startServers } from '../stack.js';
import { runBare, runSeed, type Finished, type SeedPlace } from './contestants.js';
import { GoldenProducts } from './golden-products.js';
import { createBareTable, judgeTable, tamper, type TableVerdict } from './seeded-table.js';

const PARTITIONS = 4;
const WRITES_PER_SECOND = 500;
const FIELDS = Object.keys(ENTITIES.product.fields);

interface Run extends TableVerdict {
  readonly round: number;
  readonly seed_s: number;
  readonly seed_messages_per_s: number;
  readonly bare_s: number;
  readonly bare_messages_per_s: number;
  readonly ratio_vs_bare_copy: number;
  readonly writes_per_s: number;
  readonly seed_cpu_s: number;
  readonly bare_cpu_s: number;
  readonly seed_rss_mib: number;
  /** From the first comparison to the kept certificate, catching up included. */
  readonly certificate_s: number;
  readonly certificate_holds: boolean;
  readonly tampered_refused: boolean;
}

/**
 * Golden products (default 1,000,000) into a new PostgreSQL database by `plumbline seed`, and the same topic by a bare script of
 * consumer and COPY, each while 500 writes a second go on; then the seed's table is compared with what was written, certified,
 * and tampered with.
 */
export async function seed(given: BenchArguments): Promise<BenchResult> {
  const servers = await startServers();
  const connection = { brokers: servers.KAFKA_BROKERS.split(','), clientId: 'bench-seed' };
  const codec = new AvroCodec(new SchemaRegistry({ url: servers.REGISTRY_URL }));
  await codec.ensureSchemas();
  const prefix = `bench-${randomBytes(4).toString('hex')}.`;
  const topic = topicNames(prefix).golden('product');
  const topics = new KafkaTopics(connection);
  await topics.ensure([{ name: topic, kind: 'golden', partitions: PARTITIONS }]);
  const products = new GoldenProducts({ connection, codec: new EventCodec(codec), topic }, given.size);
  const runs: Run[] = [];
  try {
    console.log(`writing ${given.size} products`);
    await products.fill();
    for (let round = 1; round <= given.rounds; round += 1) {
      runs.push(await playRound({ servers, prefix, topic, products }, round));
      console.log(JSON.stringify(runs.at(-1)));
    }
    return { goals: toGoals(runs), runs: runs.map((run) => ({ ...run })) };
  } finally {
    await Promise.all([products.close(), topics.deleteTopics([topic])]);
    await topics.close();
  }
}

interface Arena {
  readonly servers: ServerAddresses;
  readonly prefix: string;
  readonly topic: string;
  readonly products: GoldenProducts;
}

async function playRound(arena: Arena, round: number): Promise<Run> {
  const { servers } = arena;
  const folder = mkdtempSync(join(tmpdir(), 'bench-seed-'));
  const names = ['hub', 'target', 'bare'].map((name) => `bench_seed_${name}_${randomBytes(4).toString('hex')}`);
  const urls: string[] = [];
  try {
    for (const name of names) urls.push(await createDatabase(servers.DATABASE_URL, name));
    const [hubUrl = '', targetUrl = '', bareUrl = ''] = urls;
    const place = { servers: { ...servers, DATABASE_URL: hubUrl }, folder, prefix: arena.prefix, targetUrl };
    return await play(arena, { round, place, bareUrl });
  } finally {
    for (const url of urls) await dropDatabase(servers.DATABASE_URL, url);
    rmSync(folder, { recursive: true });
  }
}

/** The bare script goes first in every other round: whoever is second finds the topic in the page cache. */
async function play(
  arena: Arena,
  { round, place, bareUrl }: { readonly round: number; readonly place: SeedPlace; readonly bareUrl: string },
): Promise<Run> {
  const { products } = arena;
  const bare = (): Promise<Finished> => playBare(arena, bareUrl);
  const ours = (): Promise<Finished> => runSeed(place, ['product', '--yes', '--no-certificate']);
  const writing = new AbortController();
  const written = products.change(WRITES_PER_SECOND, writing.signal);
  const first = await (round % 2 === 1 ? bare() : ours());
  const second = await (round % 2 === 1 ? ours() : bare());
  writing.abort();
  const writes = await written;
  const [bareRun, seedRun] = round % 2 === 1 ? [first, second] : [second, first];
  assertEnded('the seed', seedRun);
  assertEnded('the bare script', bareRun);
  const [seedRate, bareRate] = [rateOf(seedRun), rateOf(bareRun)];
  return {
    ...{ round, seed_s: rounded(seedRun.wallS), seed_messages_per_s: Math.round(seedRate) },
    ...{ bare_s: rounded(bareRun.wallS), bare_messages_per_s: Math.round(bareRate) },
    ...{ ratio_vs_bare_copy: rounded(seedRate / bareRate), writes_per_s: writes },
    ...{ seed_cpu_s: seedRun.cpuS, bare_cpu_s: bareRun.cpuS, seed_rss_mib: seedRun.rssMib },
    ...(await certify(place, products)),
  };
}

async function playBare({ servers, topic }: Arena, databaseUrl: string): Promise<Finished> {
  await createBareTable(databaseUrl, FIELDS);
  const groupId = `bench-bare-${randomBytes(4).toString('hex')}`;
  const brokers = servers.KAFKA_BROKERS.split(',');
  return runBare({ brokers, registryUrl: servers.REGISTRY_URL, databaseUrl, topic, groupId, fields: FIELDS });
}

/** Catches up, certifies, judges by what was written, then tampers and asks the certificate again. */
async function certify(
  place: SeedPlace,
  products: GoldenProducts,
): Promise<Pick<Run, 'gap' | 'duplicate' | 'certificate_s' | 'certificate_holds' | 'tampered_refused'>> {
  const certified = await runSeed(place, ['product', '--yes']);
  assertEnded('the certified seed', certified);
  const { id } = certified.result['certificate'] as { readonly id: string };
  const verdict = await judgeTable(place.targetUrl, products);
  const before = await runSeed(place, ['certificate', id]);
  await tamper(place.targetUrl, products);
  const after = await runSeed(place, ['certificate', id]);
  const kinds = (after.result['problems'] as readonly { readonly kind: string }[]).map(({ kind }) => kind);
  return {
    ...verdict,
    certificate_s: rounded(certified.wallS),
    certificate_holds: before.code === 0,
    tampered_refused: after.code !== 0 && kinds.includes('not-what-was-certified'),
  };
}

function assertEnded(what: string, { code, result }: Finished): void {
  if (code !== 0) throw new Error(`${what} ended with ${code}: ${JSON.stringify(result)}`);
}

function rateOf({ result, wallS }: Finished): number {
  return Number(result['messages']) / wallS;
}

function rounded(value: number): number {
  return Number(value.toFixed(2));
}

function toGoals(runs: readonly Run[]): Goal[] {
  const shown = ['seed_s', 'bare_s', 'ratio_vs_bare_copy', 'seed_messages_per_s', 'bare_messages_per_s'] as const;
  for (const name of [...shown, 'writes_per_s', 'certificate_s', 'seed_rss_mib'] as const)
    console.log(JSON.stringify({ [name]: spread(runs.map((run) => run[name])) }));
  const zero = (name: 'gap' | 'duplicate'): Goal => {
    const value = Math.max(...runs.map((run) => run[name]));
    return { name, value, goal: '= 0', met: value === 0 };
  };
  const always = (name: 'certificate_holds' | 'tampered_refused'): Goal => {
    const value = runs.every((run) => run[name]) ? 1 : 0;
    return { name, value, goal: '= 1', met: value === 1 };
  };
  const ratio = spread(runs.map((run) => run.ratio_vs_bare_copy)).median;
  return [
    zero('gap'),
    zero('duplicate'),
    { name: 'ratio_vs_bare_copy', value: ratio, goal: '>= 0.5', met: ratio >= 0.5 },
    always('certificate_holds'),
    always('tampered_refused'),
  ];
}
