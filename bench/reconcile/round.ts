import type { DriftItem, RoundReport } from '#contracts';
import { serverCpuSeconds } from '../server-cpu.js';
import type { Arena } from './arena.js';
import type { Planted } from './stores.js';

/** What one round of the reconciler found and cost. CPU of the hub is that of connector and reconciler together. */
export interface RoundFigures {
  readonly contestant: 'plumbline';
  readonly wallS: number;
  readonly clientCpuS: number;
  /** The part of it that the reconciler took, which judges and records what the connector found. */
  readonly reconcilerCpuS: number;
  readonly dbCpuS: number;
  readonly mbMoved: number;
  /** Peaks of the larger process, since its start; `rssBeforeMib` is what starting alone took. */
  readonly rssMib: number;
  readonly rssBeforeMib: number;
  readonly found: Readonly<Record<'changed' | 'missing' | 'foreign' | 'undecided', number>>;
  /** Planted differences that were not found as what they are. */
  readonly missed: number;
  /** Differences found that were not planted. */
  readonly false: number;
}

const SERVICES = ['connector-shop', 'reconciler'] as const;
/** More than the API lists: then the numbers alone are compared. */
const MAX_LISTED = 5_000;
/** Seldom: each question costs the reconciler, whose CPU is measured, some milliseconds. Wall times are too long by up to that. */
export const POLL_MS = 250;

/** Starts a round as a person would, waits for its verdict, and compares what it found with what was planted. */
export async function playRound(arena: Arena, postgresPid: number): Promise<RoundFigures> {
  const { processes } = arena.hub;
  const rssBeforeMib = peakRss(arena);
  const before = usage(arena, postgresPid);
  const startedAt = performance.now();
  const [started] = await processes.call<RoundReport[]>('reconciler', '/rounds', { system: 'shop', entity: 'product' });
  const report = await untilJudged(arena, started?.id ?? '');
  const wallS = (performance.now() - startedAt) / 1000;
  const after = usage(arena, postgresPid);
  if (report.state === 'failed') throw new Error(`The round failed: ${report.problem}`);
  const verdict = await compareWithPlanted(arena, report);
  await endRound(arena, report);
  return {
    contestant: 'plumbline',
    wallS: round(wallS),
    clientCpuS: round(after.clientCpuS - before.clientCpuS),
    reconcilerCpuS: round(after.reconcilerCpuS - before.reconcilerCpuS),
    dbCpuS: round(after.dbCpuS - before.dbCpuS),
    mbMoved: round((after.bytes - before.bytes) / 1e6),
    rssMib: peakRss(arena),
    rssBeforeMib,
    found: {
      changed: report.changed,
      missing: report.missing,
      foreign: report.foreign,
      undecided: report.undecided,
    },
    ...verdict,
  };
}

interface Usage {
  readonly clientCpuS: number;
  readonly reconcilerCpuS: number;
  readonly dbCpuS: number;
  readonly bytes: number;
}

function usage(arena: Arena, postgresPid: number): Usage {
  const [connector, reconciler] = SERVICES.map((service) => arena.hub.processes.usage(service).cpuSeconds);
  return {
    clientCpuS: (connector ?? 0) + (reconciler ?? 0),
    reconcilerCpuS: reconciler ?? 0,
    dbCpuS: serverCpuSeconds(postgresPid),
    bytes: arena.bytes(),
  };
}

function peakRss({ hub }: Arena): number {
  return Math.max(...SERVICES.map((service) => hub.processes.usage(service).peakRssMiB));
}

/** The round's scan is over: it is held, clean or ended. */
export async function untilJudged({ hub }: Pick<Arena, 'hub'>, id: string): Promise<RoundReport> {
  for (;;) {
    const report = await hub.processes.call<RoundReport>('reconciler', `/rounds/${id}`);
    if (report.state !== 'scanning') return report;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Compares what a round found with what was planted. */
export async function compareWithPlanted(
  { hub, planted: readPlanted }: Pick<Arena, 'hub' | 'planted'>,
  report: RoundReport,
): Promise<{ missed: number; false: number }> {
  const planted = await readPlanted();
  const found = report.changed + report.missing + report.foreign + report.undecided;
  if (found > MAX_LISTED || planted.length > MAX_LISTED) return compareCounts(planted, report);
  const items = await hub.processes.call<DriftItem[]>('reconciler', `/rounds/${report.id}/drift?limit=10000`);
  const expected = new Set(planted.map(({ sku, kind }) => `${kind} ${sku}`));
  const seen = new Set(items.map(({ key, kind }) => `${kind} ${key}`));
  return {
    missed: [...expected].filter((one) => !seen.has(one)).length,
    false: [...seen].filter((one) => !expected.has(one)).length,
  };
}

function compareCounts(planted: readonly Planted[], report: RoundReport): { missed: number; false: number } {
  let missed = 0;
  let tooMany = 0;
  for (const kind of ['changed', 'missing', 'foreign', 'undecided'] as const) {
    const expected = planted.filter((one) => one.kind === kind).length;
    missed += Math.max(0, expected - report[kind]);
    tooMany += Math.max(0, report[kind] - expected);
  }
  return { missed, false: tooMany };
}

/** A held round is rejected, so that the next finds the same. */
export async function endRound({ hub }: Pick<Arena, 'hub'>, report: RoundReport): Promise<void> {
  const { processes } = hub;
  if (report.holdId !== null) {
    const holds = await processes.call<{ id: string; digest: string }[]>('reconciler', '/holds?state=open');
    const digest = holds.find(({ id }) => id === report.holdId)?.digest ?? '';
    await processes.call('reconciler', `/holds/${report.holdId}/reject`, { digest, actor: 'bench' });
  }
  for (;;) {
    const { endedAt } = await processes.call<RoundReport>('reconciler', `/rounds/${report.id}`);
    if (endedAt !== null) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Two digits after the point. */
export function round(value: number): number {
  return Number(value.toFixed(2));
}
