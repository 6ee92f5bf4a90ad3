import type { RoundReport, ScanReport } from '#contracts';
import { spread, type BenchArguments, type BenchResult, type Goal } from '../report.js';
import { startServers } from '../stack.js';
import { openApiArena, type ApiArena } from './api-arena.js';
import { CONNECTOR } from './bench-hub.js';
import { compareWithPlanted, endRound, POLL_MS, round, untilJudged } from './round.js';
import { scaled } from './stores.js';
import { openVendureArena, type VendureAddresses } from './vendure-arena.js';

/** What one round over the API found and cost. CPU of the hub is that of connector and reconciler, of both lives after a kill. */
interface ApiFigures {
  readonly contestant: 'plumbline';
  readonly killed: boolean;
  readonly wallS: number;
  readonly clientCpuS: number;
  readonly reconcilerCpuS: number;
  /** Peaks of the larger process, since its start; `rssBeforeMib` is what starting and what was before took. */
  readonly rssMib: number;
  readonly rssBeforeMib: number;
  readonly found: Readonly<Record<'changed' | 'missing' | 'foreign' | 'undecided', number>>;
  readonly missed: number;
  readonly false: number;
  /** Requests for pages and for single records, as the API counted them. */
  readonly pages: number;
  readonly otherCalls: number;
  /** Before and after the kill; null without one. */
  readonly pagesBefore: number | null;
  readonly pagesAfter: number | null;
}

/** The drift; a real shop holds too few products for it. */
const DRIFT = { edited: 0.001, missing: 0.0002, extra: 0.0002 };
const VENDURE_DRIFT = { edited: 0.02, missing: 0.005, extra: 0.005 };

/** A round over a paged HTTP API, or over a real Vendure, of so many products; once more with a kill in the middle if asked. */
export async function reconcileApi(given: BenchArguments): Promise<BenchResult> {
  const { size, rounds, kill = false } = given;
  const arena = await openArena(given);
  const runs: ApiFigures[] = [];
  const note = (figures: ApiFigures): void => {
    runs.push(figures);
    console.log(JSON.stringify(figures));
  };
  try {
    for (let turn = 1; turn <= rounds; turn += 1) note(await playApiRound(arena, false));
    if (kill) note(await playApiRound(arena, true));
  } finally {
    await arena.close();
  }
  return { goals: toGoals(runs), runs: runs.map((run) => ({ ...run, products: size })) };
}

async function openArena({ size, store, profileFolder }: BenchArguments): Promise<ApiArena> {
  const drift = scaled(store === 'vendure' ? VENDURE_DRIFT : DRIFT, size);
  const options = { count: size, drift, ...(profileFolder !== undefined && { profileFolder }) };
  console.log(
    `${size} products behind ${store === 'vendure' ? 'a Vendure' : 'an HTTP API'}, drift ${JSON.stringify(drift)}`,
  );
  if (store !== 'vendure') return openApiArena(await startServers(), options);
  return openVendureArena((await startServers(['vendure'])) as VendureAddresses, options);
}

async function playApiRound(arena: ApiArena, kill: boolean): Promise<ApiFigures> {
  const { processes } = arena.hub;
  const [cpuBefore, callsBefore, rssBeforeMib] = [cpuOf(arena), await arena.calls(), peakRss(arena)];
  const startedAt = performance.now();
  const [started] = await processes.call<RoundReport[]>('reconciler', '/rounds', { system: 'shop', entity: 'product' });
  const cut = kill ? await killInTheMiddle(arena) : null;
  const report = await untilJudged(arena, started?.id ?? '');
  const wallS = (performance.now() - startedAt) / 1000;
  const [cpuAfter, callsAfter] = [cpuOf(arena), await arena.calls()];
  if (report.state === 'failed') throw new Error(`The round failed: ${report.problem}`);
  const verdict = await compareWithPlanted(arena, report);
  const rssMib = peakRss(arena);
  await endRound(arena, report);
  const { changed, missing, foreign, undecided } = report;
  return {
    ...{ contestant: 'plumbline', killed: kill, wallS: round(wallS), rssMib, rssBeforeMib },
    clientCpuS: round(cpuAfter.all - cpuBefore.all + (cut?.cpuSeconds ?? 0)),
    reconcilerCpuS: round(cpuAfter.reconciler - cpuBefore.reconciler),
    ...{ found: { changed, missing, foreign, undecided }, ...verdict },
    pages: callsAfter.pages - callsBefore.pages,
    otherCalls: callsAfter.others - callsBefore.others,
    pagesBefore: cut === null ? null : cut.pages - callsBefore.pages,
    pagesAfter: cut === null ? null : callsAfter.pages - cut.pages,
  };
}

function peakRss({ hub }: ApiArena): number {
  return Math.max(...[CONNECTOR, 'reconciler' as const].map((name) => hub.processes.usage(name).peakRssMiB));
}

function cpuOf({ hub }: ApiArena): { readonly all: number; readonly reconciler: number } {
  const reconciler = hub.processes.usage('reconciler').cpuSeconds;
  return { all: reconciler + hub.processes.usage(CONNECTOR).cpuSeconds, reconciler };
}

/** Kills the connector when half of the pages are stored, and starts it again. @returns its CPU and the pages asked until then */
async function killInTheMiddle(arena: ApiArena): Promise<{ cpuSeconds: number; pages: number }> {
  const { processes } = arena.hub;
  for (;;) {
    const [scan] = await processes.call<ScanReport[]>(CONNECTOR, '/scans');
    if ((scan?.progress?.pages ?? 0) >= (scan?.pages ?? 0) / 2) break;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  const { cpuSeconds } = processes.usage(CONNECTOR);
  await processes.stop(CONNECTOR, 'SIGKILL');
  const { pages } = await arena.calls();
  await processes.start(CONNECTOR);
  return { cpuSeconds, pages };
}

/** Pages that a killed scan asked for beyond those of a whole one: the page under way when it was killed is asked again. */
function toGoals(runs: readonly ApiFigures[]): Goal[] {
  const whole = runs.filter(({ killed }) => !killed);
  const median = (values: readonly number[]): number => spread(values).median;
  const atMost = (name: string, value: number, limit: number): Goal => ({
    ...{ name, value: round(value), goal: limit === 0 ? '= 0' : `<= ${limit}`, met: value <= limit },
  });
  const pages = median(whole.map((run) => run.pages));
  const again = runs.filter(({ killed }) => killed).map((run) => run.pages - pages);
  return [
    atMost('missed', Math.max(...runs.map(({ missed }) => missed)), 0),
    atMost('false', Math.max(...runs.map((run) => run.false)), 0),
    atMost('client_cpu_s', median(whole.map(({ clientCpuS }) => clientCpuS)), 15),
    atMost('rss_mib', Math.max(...runs.map(({ rssMib }) => rssMib)), 200),
    ...again.map((value) => atMost('pages_read_twice', value, 1)),
  ];
}
