import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf, type ServerAddresses } from '#hub-runner';
import { CreateReplayTables, Database, PostgresReplayStore } from '#store-postgres';

/** What is replayed, and when its process is killed. */
export interface ReplayTurn {
  readonly servers: ServerAddresses;
  readonly prefix: string;
  readonly system: string;
  readonly topic: string;
  readonly group: string;
  /** Messages that are in the lane when the process is killed. */
  readonly killAt: number;
}

/** What a replay with a kill in its middle took. */
export interface ReplayFigures {
  /** From the first command to the end of the second, the wait for the killed one's lease included. */
  readonly wall_s: number;
  readonly messages_per_s: number;
  /** Of the messages of the process that was killed, while it lived. */
  readonly messages_per_s_before_kill: number;
  readonly killed_at: number;
  /** Highest of both processes. */
  readonly rss_mib: number;
}

const POLL_MS = 20;
const CLI = join(import.meta.dirname, '../../apps/cli/main.js');

/** Runs `plumbline replay`, kills it in the middle, and runs `plumbline replay resume`. @throws Error when either goes wrong */
export async function playReplay(turn: ReplayTurn): Promise<ReplayFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-replay-'));
  const schema = `${turn.prefix}replay`.replace(/[^a-z0-9_]/g, '_');
  const options = { url: turn.servers.DATABASE_URL, schema, applicationName: 'bench-replay' };
  const database = await Database.connect(options, [CreateReplayTables]);
  try {
    await database.migrate();
    writeFileSync(join(folder, 'plumbline.yaml'), hubFile(turn));
    return await play(turn, folder, new PostgresReplayStore(database));
  } finally {
    await database.close();
    rmSync(folder, { recursive: true });
  }
}

async function play(turn: ReplayTurn, folder: string, store: PostgresReplayStore): Promise<ReplayFigures> {
  const startedAt = performance.now();
  const first = start(turn, folder, ['replay', turn.topic, '--lane', turn.group, '--execute', '--yes']);
  const { id, sent, rss } = await untilSent(store, first, turn.killAt);
  const beforeKill = (performance.now() - startedAt) / 1_000;
  first.kill('SIGKILL');
  await once(first, 'exit');
  const second = start(turn, folder, ['replay', 'resume', id]);
  const peak = watchRss(second);
  const [code] = (await once(second, 'exit')) as [number];
  if (code !== 0) throw new Error(`plumbline replay resume ended with ${code}.`);
  const seconds = (performance.now() - startedAt) / 1_000;
  const all = (await store.find(id))?.positions.reduce((sum, position) => sum + position.sent, 0) ?? 0;
  return {
    wall_s: Number(seconds.toFixed(2)),
    messages_per_s: Math.round(all / seconds),
    messages_per_s_before_kill: Math.round(sent / beforeKill),
    killed_at: sent,
    rss_mib: Math.max(rss, peak()),
  };
}

function start({ servers }: ReplayTurn, folder: string, args: readonly string[]): ChildProcess {
  const environment = { ...process.env, ...servers, PLUMBLINE_HUB_FILE: join(folder, 'plumbline.yaml') };
  return spawn(process.execPath, [CLI, ...args, '--json'], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}

/** Waits until so many messages are in the lane. @throws Error when the process ends before */
async function untilSent(
  store: PostgresReplayStore,
  child: ChildProcess,
  wanted: number,
): Promise<{ readonly id: string; readonly sent: number; readonly rss: number }> {
  const peak = watchRss(child);
  for (;;) {
    const [job] = await store.list(1);
    const sent = job?.positions.reduce((sum, position) => sum + position.sent, 0) ?? 0;
    if (job && sent >= wanted) return { id: job.id, sent, rss: peak() };
    if (child.exitCode !== null) throw new Error(`plumbline replay ended with ${child.exitCode}.`);
    await sleep(POLL_MS);
  }
}

/** @returns the highest resident memory seen so far, MiB */
function watchRss(child: ChildProcess): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    try {
      peak = Math.max(peak, usageOf(child.pid ?? 0).peakRssMiB);
    } catch {
      clearInterval(timer); // it is gone, which node learns a little later
    }
  }, 100);
  child.once('exit', () => clearInterval(timer));
  return () => peak;
}

function hubFile({ prefix, system }: ReplayTurn): string {
  return `hub: { name: bench, topicPrefix: '${prefix}' }
systems:
  ${system}: { connector: sql, mode: write, config: { url: x }, entities: { product: { source: p, key: [sku], fields: { brand: brand } } } }
survivorship: { product: { version: 1, create: [${system}], owner: { ${system}: [brand] } } }
`;
}
