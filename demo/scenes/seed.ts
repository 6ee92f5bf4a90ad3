import type { ChildProcess } from 'node:child_process';
import { topicNames } from '#contracts';
import { createDatabase } from '#hub-runner';
import { recordPath } from '../follow.js';
import { BackgroundWrites } from '../background-writes.js';
import { grouped, type Findings, type SceneFigures } from '../report.js';
import { SqlStore } from '../stores/sql-store.js';
import { pause, until } from '../wait.js';
import type { Scene, World } from '../world.js';
import { SeededService, type Offsets } from './seeded-service.js';

/** How long changes go on after the hand-over to live events. */
const FOLLOW_MS = 2_000;
/** The seed is killed when so much of it is there. */
const KILL_AT_SHARE = 0.15;

interface SeedCheck {
  readonly isEqual: boolean;
  readonly source: { readonly live: number };
  readonly target: { readonly live: number };
  readonly keys: readonly { readonly key: string; readonly difference: string }[];
  readonly undecided: number;
  readonly digest_source: string;
  readonly digest_target: string;
}

/** What all steps of the scene work with. */
interface SeedStage {
  readonly world: World;
  readonly service: SeededService;
  readonly findings: Findings;
}

/** Scene 5: a new service is seeded while the world goes on, killed, and follows without a gap. */
export const seed: Scene = {
  name: 'seed',
  title: ({ scale }) =>
    `Scene 5: a new service is seeded from the golden topic at ${scale.seedPerSecond} writes/s, with a kill -9 in the middle`,
  run: async (world: World, findings: Findings): Promise<Partial<SceneFigures>> => {
    const url = await createDatabase(world.serverUrl, `demo_service_${process.pid}_${Date.now()}`);
    world.runFile.note({ databases: [url] });
    const store = new SqlStore('service', url);
    const writes = startWrites(world);
    try {
      return await play({ world, service: new SeededService(store), findings }, writes);
    } finally {
      await writes.stop();
      await store.close();
    }
  },
};

async function play(stage: SeedStage, writes: BackgroundWrites): Promise<Partial<SceneFigures>> {
  const { world, service, findings } = stage;
  const killed = await seedAndKill(stage);
  await expectResumesAt(stage, killed.offsets);
  const seeder = startSeed(stage);
  try {
    await untilLive(stage, seeder);
    await pause(FOLLOW_MS);
    const rows = await writes.stop();
    const check = await untilEqual(stage);
    const live = await service.countRows();
    findings.expect('live records in the new service', world.stores.products.length, live);
    findings.expect('digest of the new service', check.digest_source, check.digest_target);
    world.screen.table(
      ['rows at kill -9', 'writes meanwhile', 'records in topic', 'in service', 'digest of topic', 'of service'],
      [[killed.rows, rows, check.source.live, live, check.digest_source, check.digest_target]],
    );
    const found = await findTampered(stage);
    showTopic(stage);
    return { planted: 1, found, digest_source: check.digest_source, digest_target: check.digest_target };
  } finally {
    seeder.kill('SIGTERM');
  }
}

function startSeed({ world, service }: SeedStage): ChildProcess {
  const child = world.hub.cli.spawn(['seed', ...service.target, '--yes', '--follow']);
  child.stdout?.resume();
  child.stderr?.resume();
  return child;
}

/** Kills the process when a part of the records is there, and proves that it was in the middle. */
async function seedAndKill(stage: SeedStage): Promise<{ readonly rows: number; readonly offsets: Offsets }> {
  const { world, service, findings } = stage;
  const total = world.stores.products.length;
  world.screen.progress('plumbline seed product --follow');
  const child = startSeed(stage);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  try {
    const isPartThere = async (): Promise<boolean> => (await service.countRows()) >= total * KILL_AT_SHARE;
    await until('a part is seeded', isPartThere, { timeoutMs: 180_000, everyMs: 5 });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  const [rows, offsets] = [await service.countRows(), await service.readOffsets()];
  if (rows === 0 || rows >= total) findings.fail(`the kill did not come in the middle: ${rows} of ${total} records`);
  const places = Object.entries(offsets).map(([partition, offset]) => `${partition}:${offset}`);
  world.screen.line(`  kill -9 at ${grouped(rows)} of ${grouped(total)} records; next offsets ${places.join(' ')}.`);
  return { rows, offsets };
}

/** The restarted seed goes on at exactly the offsets that the last committed page left. */
async function expectResumesAt({ world, service, findings }: SeedStage, offsets: Offsets): Promise<void> {
  interface Plan {
    readonly plan: { readonly partitions: readonly { readonly partition: number; readonly fromOffset: string }[] };
  }
  const { plan } = await world.hub.cli.json<Plan>(['seed', ...service.target, '--plan']);
  const next = Object.fromEntries(plan.partitions.map(({ partition, fromOffset }) => [partition, fromOffset]));
  findings.expect('offsets at which the seed goes on', offsets, next);
}

async function untilLive({ world, service }: SeedStage, seeder: ChildProcess): Promise<void> {
  const startedAtMs = Date.now();
  const isLive = async (): Promise<boolean> => {
    if (seeder.exitCode !== null) throw new Error(`the seed ended with ${seeder.exitCode}`);
    world.screen.progress(`seeding: ${grouped(await service.countRows())} records`);
    return service.isLive();
  };
  await until('the new service follows live events', isLive, { timeoutMs: 180_000 });
  world.screen.line(`  Started again: live after ${((Date.now() - startedAtMs) / 1000).toFixed(1)} s.`);
}

/** First the last of the ERP's writes must have come; then `plumbline seed check`. */
async function untilEqual({ world, service }: SeedStage): Promise<SeedCheck> {
  const hasAll = async (): Promise<boolean> => {
    const outdated = await service.countOutdated(await world.stores.weights());
    world.screen.progress(`${grouped(outdated)} articles of the new service are not yet as in the ERP`);
    return outdated === 0;
  };
  await until('the new service holds the ERP’s last writes', hasAll, { timeoutMs: 180_000, everyMs: 200 });
  const checked = async (): Promise<SeedCheck | false> => {
    const check = await checkSeed({ world, service });
    return check.isEqual && check.undecided === 0 && check;
  };
  return until('topic and service are equal', checked);
}

function checkSeed({ world, service }: Pick<SeedStage, 'world' | 'service'>): Promise<SeedCheck> {
  world.screen.progress('plumbline seed check');
  return world.hub.cli.json<SeedCheck>(['seed', 'check', ...service.target]);
}

/** One row is changed; the check names its key, and nothing else. @returns how many keys it names */
async function findTampered({ world, service, findings }: SeedStage): Promise<number> {
  const { screen, stores, hub } = world;
  const sku = tamperedSku(stores);
  await service.tamper(sku);
  const { code, stdout } = await hub.cli.run(['seed', 'check', ...service.target]);
  screen.quote(`plumbline seed check product    # after one row was tampered with: ${sku}`, stdout);
  const named = [...stdout.matchAll(/^ *(missing|extra|different): (.*)$/gm)].map(([, kind, key]) => `${kind} ${key}`);
  findings.expect('keys that the check names', [`different ${sku}`], named);
  findings.expect('exit code of the check', 1, code);
  return named.length;
}

/** What the tampered row should be, and where the service was seeded from. */
function showTopic({ world: { follow, hub, stores } }: SeedStage): void {
  const sku = tamperedSku(stores);
  follow.show('What the service should hold of the row', recordPath('product', sku), [sku, 'weight', 'erp says']);
  const topic = encodeURIComponent(topicNames(hub.file.hub.topicPrefix).golden('product'));
  follow.show('The topic that it was seeded from', `/topics/${topic}?tab=about`, ['golden', '95 % within']);
}

function tamperedSku({ products }: World['stores']): string {
  return products[24]?.sku ?? '';
}

/** The ERP goes on changing articles while the new service is seeded. */
function startWrites({ stores }: World): BackgroundWrites {
  return new BackgroundWrites(stores.scale.seedPerSecond, (rows, start) =>
    stores.changeWeights(Array.from({ length: rows }, (_, index) => (start + index) % stores.products.length)),
  );
}
