import type { SeedCheck, SeedPlan, SeedProgress, SeedSide } from '#replay';
import { grouped, indent, table } from './text.js';

/** The plan of a seed, for people. */
export function renderSeedPlan(plan: SeedPlan, targetName: string): string {
  if (plan.refusal !== null) return `Refused: ${plan.refusal}`;
  const rows = plan.partitions.map(({ partition, fromOffset, untilOffset }) => [
    partition,
    Number(fromOffset),
    Number(untilOffset),
  ]);
  const verb = plan.isResumed ? 'Go on seeding' : 'Seed a new table';
  const head = `${verb} from ${plan.topic}: at most ${grouped(Number(plan.messages))} messages into ${targetName}`;
  return `${head}\n${indent(table(['partition', 'from', 'until'], rows))}`;
}

/** One line of progress. */
export function renderProgress(progress: SeedProgress): string {
  const { rows, rowsPerSecond, percent, etaSeconds, partitions, isLive } = progress;
  const figures = `${grouped(rows)} rows, ${grouped(rowsPerSecond)} rows/s`;
  if (isLive) return `following: ${figures}; next offsets ${renderOffsets(progress)}`;
  const parts = partitions.map((part) => `${part.partition}:${partPercent(part.nextOffset, part.untilOffset)}%`);
  return `seeding ${percent}%: ${figures}, ${etaSeconds === null ? '' : `${etaSeconds} s left, `}partitions ${parts.join(' ')}`;
}

/** `0:120 1:98`: partition and next offset. */
export function renderOffsets({ partitions }: Pick<SeedProgress, 'partitions'>): string {
  return partitions.map(({ partition, nextOffset }) => `${partition}:${nextOffset}`).join(' ');
}

/** What a seed did. */
export function renderSeeded(liveRows: number, progress: SeedProgress, isFollowing: boolean): string {
  const offsets = renderOffsets(progress);
  if (!progress.isLive) return `Stopped at offsets ${offsets}; the same command goes on from there.`;
  const verb = isFollowing ? 'following from' : 'live events go on at';
  return [`Seeded ${grouped(liveRows)} records; ${verb} offsets ${offsets}.`, ...renderUnreadable(progress)].join('\n');
}

/** Outcome of a check, for people. */
export function renderSeedCheck(check: SeedCheck): string {
  const side = (name: string, { records, live, digest }: SeedSide): (string | number)[] => [
    name,
    records,
    live,
    digest,
  ];
  const sides = [side('topic', check.source), side('table', check.target)];
  const { missing, extra, different } = check.counts;
  const verdict = check.isEqual
    ? 'Equal.'
    : `${grouped(missing)} missing, ${grouped(extra)} extra, ${grouped(different)} different.`;
  const named = check.keys.map(({ key, difference }) => indent(`${difference}: ${key}`));
  const open =
    check.undecided > 0 ? [`${grouped(check.undecided)} keys are changing right now and were not judged.`] : [];
  return [
    table(['', 'records', 'live', 'digest'], sides),
    verdict,
    ...named,
    ...open,
    ...renderUnreadable({
      unreadable: check.unreadable.length,
      unreadableSamples: check.unreadable.slice(0, 10),
    }),
  ].join('\n');
}

function renderUnreadable({
  unreadable,
  unreadableSamples,
}: Pick<SeedProgress, 'unreadable' | 'unreadableSamples'>): readonly string[] {
  if (unreadable === 0) return [];
  const samples = unreadableSamples.map(({ partition, offset, reason }) => indent(`${partition}:${offset} ${reason}`));
  return [`${grouped(unreadable)} messages can't be read and were passed over:`, ...samples];
}

function partPercent(nextOffset: bigint, untilOffset: bigint): number {
  return untilOffset === 0n || nextOffset >= untilOffset ? 100 : Number((nextOffset * 100n) / untilOffset);
}
