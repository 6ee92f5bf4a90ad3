import { setTimeout as sleep } from 'node:timers/promises';
import { spread, type BenchArguments, type BenchResult, type Goal } from '../report.js';
import { startServers } from '../stack.js';
import { measureLatency, type Latency } from './latency.js';
import { LiveWrites } from './live-writes.js';
import { openPlace, untilEqual, type Place } from './place.js';
import { Planter } from './planter.js';
import { Scans } from './scans.js';
import { countBehind } from './stores.js';
import { countLost, judgeScans, type ScanVerdict } from './verdict.js';

/** What the shop's connector is told comes so much later: for so long each, in turns. */
const LAGS_MS = [2_000, 8_000];
const LAG_TURN_MS = 60_000;
const WINDOW_S = 120;
/** The issue's: 340,000 of the 360,000 writes of 20 minutes at 300 a second. */
const WRITTEN_SHARE = 340 / 360;

interface Soaked extends ScanVerdict {
  readonly liveWrites: number;
  readonly newerWritesLost: number;
  /** Rows in which a plain look at both stores would have seen drift, at several moments. */
  readonly behind: ReturnType<typeof spread>;
  readonly latency: Latency;
}

/** A pair of windows, without injected lag. */
interface Pair {
  readonly on: Latency;
  readonly off: Latency;
}

/** Live writes for so many minutes while the hub lags, full scans run and drift is planted; then what scans cost them. */
export async function soak(given: BenchArguments): Promise<BenchResult> {
  const { size, profileFolder, minutes = 20, rate = 300, pairs: pairCount = 5 } = given;
  const place = await openPlace(await startServers(), size, profileFolder);
  try {
    const soaked = await soakPhase(place, { size, rate, seconds: minutes * 60 });
    console.log(JSON.stringify(soaked));
    const windowS = Math.min(WINDOW_S, minutes * 60);
    const pairs: Pair[] = [];
    for (let n = 0; n < pairCount; n += 1) {
      pairs.push(await playPair(place, { size, rate, seconds: windowS }, n % 2 === 0));
      console.log(JSON.stringify(pairs.at(-1)));
    }
    const rssMiB = Object.fromEntries(
      place.hub.processes.services.map((name) => [name, place.hub.processes.usage(name).peakRssMiB]),
    );
    return { goals: toGoals(soaked, pairs, minutes * 60 * rate), runs: [{ ...soaked, rssMiB }, ...pairs.map(toRun)] };
  } finally {
    await place.close();
  }
}

interface Load {
  readonly size: number;
  readonly rate: number;
  readonly seconds: number;
}

async function soakPhase(place: Place, { size, rate, seconds }: Load): Promise<Soaked> {
  const { stores, hub, lag } = place;
  const writes = new LiveWrites(stores, size, rate);
  const planter = new Planter(stores, size);
  const scans = new Scans(hub, ['shop', 'erp']);
  const ended = new AbortController();
  const behind: number[] = [];
  const working = Promise.all([scans.run(), planter.run(), changeLag(place, ended.signal, behind)]);
  await Promise.race([writes.run(seconds), working]);
  planter.stop();
  scans.stop();
  ended.abort();
  await working;
  // what was planted after the last scan had begun is for one scan more
  await scans.scan('shop');
  lag.delayMs = 0;
  await untilEqual(stores);
  return {
    liveWrites: writes.log.length,
    ...judgeScans(scans.rounds, planter.planted, writes.log),
    newerWritesLost: await countLost(stores, writes.log),
    behind: spread(behind),
    latency: await measureLatency(stores, writes.log),
  };
}

/** Changes the lag in turns, and looks at the end of each how much is under way. */
async function changeLag({ lag, stores }: Place, ended: AbortSignal, behind: number[]): Promise<void> {
  for (let turn = 0; !ended.aborted; turn += 1) {
    lag.delayMs = LAGS_MS[turn % LAGS_MS.length] ?? 0;
    await sleep(LAG_TURN_MS, undefined, { signal: ended }).catch(() => undefined); // the end of the writes ends the turn
    behind.push(await countBehind(stores));
  }
}

async function playPair(place: Place, load: Load, isOnFirst: boolean): Promise<Pair> {
  const first = await playWindow(place, load, isOnFirst);
  const second = await playWindow(place, load, !isOnFirst);
  return isOnFirst ? { on: first, off: second } : { on: second, off: first };
}

/** Live writes for one window, with scans back to back or without any. */
async function playWindow({ stores, hub }: Place, { size, rate, seconds }: Load, withScans: boolean): Promise<Latency> {
  const writes = new LiveWrites(stores, size, rate);
  const scans = new Scans(hub, ['shop']);
  const scanning = withScans ? scans.run() : Promise.resolve();
  await Promise.race([writes.run(seconds), withScans ? scanning : new Promise(() => undefined)]);
  scans.stop();
  await scanning;
  await untilEqual(stores);
  return measureLatency(stores, writes.log);
}

function toRun({ on, off }: Pair): Record<string, unknown> {
  return { on, off, growth: growthOf({ on, off }) };
}

function growthOf({ on, off }: Pair): number {
  return Number((on.p99Ms / off.p99Ms).toFixed(3));
}

function toGoals(soaked: Soaked, pairs: readonly Pair[], wanted: number): Goal[] {
  const { liveWrites, scansCompleted, planted, plantedFound, falseDrifts, newerWritesLost, undecidedRatio } = soaked;
  const least = Math.floor(wanted * WRITTEN_SHARE);
  const found = planted === 0 ? 0 : Number((plantedFound / planted).toFixed(4));
  const growth = spread(pairs.map(growthOf)).median;
  const off = spread(pairs.map((pair) => pair.off.p99Ms));
  return [
    { name: 'live_writes', value: liveWrites, goal: `>= ${least}`, met: liveWrites >= least },
    { name: 'scans_completed', value: scansCompleted, goal: '>= 3', met: scansCompleted >= 3 },
    { name: 'planted_found_ratio', value: found, goal: '= 1', met: found === 1 },
    { name: 'false_drifts', value: falseDrifts, goal: '= 0', met: falseDrifts === 0 },
    { name: 'newer_writes_lost', value: newerWritesLost, goal: '= 0', met: newerWritesLost === 0 },
    { name: 'undecided_ratio', value: undecidedRatio, goal: '<= 0.001', met: undecidedRatio <= 0.001 },
    { name: 'live_p99_growth', value: growth, goal: '<= 1.5', met: growth <= 1.5 },
    { name: 'off_off_spread', value: Number((off.max / off.min).toFixed(3)), goal: 'shown', met: true },
  ];
}
