import { spread, type BenchArguments, type BenchResult, type Goal } from '../report.js';
import { startOwnStack, type OwnStack } from '../relay/own-stack.js';
import { reconcileApi } from './api-round.js';
import { openArena } from './arena.js';
import { measureFloor, type FloorFigures } from './floor.js';
import { installReladiff, playReladiff, type PeerFigures } from './reladiff.js';
import { playRound, round, type RoundFigures } from './round.js';
import { scaled, type Drift } from './stores.js';

type Figures = RoundFigures | FloorFigures | PeerFigures;
type Run = Figures & { readonly products: number; readonly drift: string; readonly round: number };

/** One pair of stores. */
interface Course {
  readonly name: string;
  readonly products: number;
  readonly drift: Drift;
  readonly rounds: number;
  readonly profileFolder?: string;
}

/**
 * A round of the reconciler over a PostgreSQL store of so many products, with drift planted at random, beside the floor
 * of hashing both stores in place and, if asked, reladiff on the same two stores.
 */
export async function reconcile(given: BenchArguments): Promise<BenchResult> {
  if (given.store !== undefined) return reconcileApi(given);
  const stack = await startOwnStack(false);
  try {
    const python = given.peer === 'reladiff' ? await installReladiff() : null;
    const runs: Run[] = [];
    for (const course of coursesOf(given)) runs.push(...(await playCourse(stack, course, python)));
    return { goals: toGoals(runs, python !== null), runs: runs.map((run) => ({ ...run })) };
  } finally {
    await stack.drop();
  }
}

/** The drift, scaled; then none and a tenth, and three times the size. */
function coursesOf({ size, rounds, growth, profileFolder }: BenchArguments): Course[] {
  const drift = scaled({ edited: 0.001, missing: 0.0002, extra: 0.0002 }, size);
  const profile = profileFolder === undefined ? {} : { profileFolder };
  const main = { name: 'random', products: size, drift, rounds, ...profile };
  if (!growth) return [main];
  const tenth = scaled({ edited: 0.08, missing: 0.01, extra: 0.01 }, size);
  return [
    main,
    { name: 'none', products: size, drift: { edited: 0, missing: 0, extra: 0 }, rounds: 1 },
    { name: 'tenth', products: size, drift: tenth, rounds: 1 },
    {
      ...main,
      name: 'x3',
      products: 3 * size,
      drift: scaled({ edited: 0.001, missing: 0.0002, extra: 0.0002 }, 3 * size),
    },
  ];
}

async function playCourse(stack: OwnStack, course: Course, python: string | null): Promise<Run[]> {
  console.log(`${course.products} products, drift ${course.name}: ${JSON.stringify(course.drift)}`);
  const { products: count, drift, profileFolder } = course;
  const arena = await openArena(stack.servers, { count, drift, ...(profileFolder !== undefined && { profileFolder }) });
  const postgres = stack.pidOf('postgres');
  const runs: Run[] = [];
  const note = (figures: Figures, turn: number): void => {
    runs.push({ ...figures, products: course.products, drift: course.name, round: turn });
    console.log(JSON.stringify(runs.at(-1)));
  };
  try {
    for (let turn = 1; turn <= course.rounds; turn += 1) {
      note(await measureFloor(arena, postgres, 'hashtextextended'), turn);
      note(await measureFloor(arena, postgres, 'md5'), turn);
      note(await playRound(arena, postgres), turn);
      if (python !== null && course.name === 'random') note(await playReladiff(arena, python, postgres), turn);
    }
    return runs;
  } finally {
    await arena.close();
  }
}

/** Costs are those of the drift, the median of the rounds; what was missed or wrong counts in every course. */
function toGoals(runs: readonly Run[], withPeer: boolean): Goal[] {
  const ours = runs.filter((run): run is Run & RoundFigures => run.contestant === 'plumbline');
  const main = ours.filter(({ drift }) => drift === 'random');
  const floors = runs.filter((run): run is Run & FloorFigures => run.contestant === 'floor' && run.drift === 'random');
  const median = (values: readonly number[]): number => spread(values).median;
  const floor = median(floors.filter(({ hash }) => hash === 'hashtextextended').map(({ wallS }) => wallS));
  const cpu = median(main.map(({ clientCpuS, dbCpuS }) => clientCpuS + dbCpuS));
  const atMost = (name: string, value: number, limit: number): Goal => ({
    ...{ name, value: round(value), goal: limit === 0 ? '= 0' : `<= ${limit}`, met: value <= limit },
  });
  const goals = [
    atMost('missed', Math.max(...ours.map(({ missed }) => missed)), 0),
    atMost('false', Math.max(...ours.map((run) => run.false)), 0),
    atMost('wall_ratio_vs_floor', median(main.map(({ wallS }) => wallS)) / floor, 2.5),
    atMost('db_cpu_s', median(main.map(({ dbCpuS }) => dbCpuS)), 4),
    atMost('client_cpu_s', median(main.map(({ clientCpuS }) => clientCpuS)), 1),
    atMost('mb_moved', median(main.map(({ mbMoved }) => mbMoved)), 15),
    atMost('rss_mib', Math.max(...main.map(({ rssMib }) => rssMib)), 200),
  ];
  if (!withPeer) return goals;
  const peers = runs.filter((run): run is Run & PeerFigures => run.contestant === 'reladiff');
  const theirs = median(peers.map(({ clientCpuS, dbCpuS }) => clientCpuS + dbCpuS));
  return [...goals, atMost('cpu_ratio_vs_reladiff', cpu / theirs, 0.2)];
}
