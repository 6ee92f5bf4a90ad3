import type { ScanReport } from '#contracts';
import {
  describeShape,
  type CertificateProblem,
  type CertifiedSources,
  type SeedCertificate,
  type SeedCheck,
  type SeedPlan,
  type SeedProgress,
  type SeedSide,
  type SourceScan,
} from '#replay';
import { grouped, indent, table } from './text.js';

/** The plan of a seed, for people. */
export function renderSeedPlan(plan: SeedPlan, targetName: string): string {
  if (plan.refusal !== null) return `Refused: ${plan.refusal}`;
  const rows = plan.partitions.map(({ partition, fromOffset, untilOffset }) => [
    partition,
    Number(fromOffset),
    Number(untilOffset),
  ]);
  const verb = plan.isResumed ? 'Go on seeding' : 'Seed a new store';
  const head = `${verb} from ${plan.topic}: at most ${grouped(Number(plan.messages))} messages into ${targetName}`;
  return `${head}\n${indent(table(['partition', 'from', 'until'], rows))}`;
}

/** What scanning the sources costs, for people. */
export function renderCost(scans: readonly ScanReport[]): string {
  const rows = scans.map(({ system, by, records, pages, callsPerSecond, minutes }) => [
    ...[system, records, by === 'digests' ? `${pages} (all pages, not digests)` : pages],
    ...[callsPerSecond ?? 'no limit', minutes === null ? 'unknown' : Math.ceil(minutes * 60)],
  ]);
  const head = 'Before that these systems are read to their end, a page a call; a scan that was cut short goes on:';
  return `${head}\n${indent(table(['system', 'records', 'calls', 'calls/s', 'seconds'], rows))}`;
}

/** One line of a scan. */
export function renderScan({ system, pages, records, isEnded }: SourceScan): string {
  return `${isEnded ? 'scanned' : 'scanning'} ${system}: ${grouped(records)} records on ${grouped(pages)} pages`;
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

/** What is told of a seed beside its progress. */
interface SeededFacts {
  readonly isFollowing: boolean;
  readonly certificate: SeedCertificate | null;
  /** Where the gateway serves it. */
  readonly servedAt: string | null;
}

/** What a seed did. */
export function renderSeeded(
  liveRows: number | null,
  progress: SeedProgress,
  { isFollowing, certificate, servedAt }: SeededFacts,
): string {
  const offsets = renderOffsets(progress);
  const live = certificate?.live ?? liveRows;
  if (!progress.isLive) return `Stopped at offsets ${offsets}; the same command goes on from there.`;
  const verb = isFollowing ? 'following from' : 'live events go on at';
  const head = `Seeded ${live === null ? '' : `${grouped(live)} `}records; ${verb} offsets ${offsets}.`;
  const end = certificate ? [renderCertificate(certificate)] : [];
  const place = servedAt === null ? [] : [`The gateway serves it at /${servedAt}.`];
  return [head, ...place, ...renderUnreadable(progress), ...end].join('\n');
}

/** A certificate, for people. */
export function renderCertificate(certificate: SeedCertificate): string {
  const { id, topic, target, shape, records, live, digest, by, at, partitions, schemaIds } = certificate;
  const rows = partitions.map((part) => [
    ...[part.partition, part.fromOffset, part.nextOffset, part.records, part.live, part.digest],
  ]);
  return [
    `Certificate ${id}: ${target} holds ${grouped(records)} records of ${topic} (${grouped(live)} live), digest ${digest}`,
    indent(`${describeShape(shape)}; schemas ${schemaIds.join(', ') || 'none'}; by ${by} at ${at}`),
    indent(table(['partition', 'from', 'until', 'records', 'live', 'digest'], rows)),
    ...(certificate.sources ? renderSources(certificate.sources) : []),
  ].join('\n');
}

function renderSources({ notedAt, systems, differences }: CertifiedSources): readonly string[] {
  const { added, changed, removed, keys } = differences;
  const read = systems.map(
    ({ system, records, silent }) => `${system} ${grouped(records)}${silent ? `, ${grouped(silent)} silent` : ''}`,
  );
  const counts = `${grouped(added)} added, ${grouped(changed)} changed, ${grouped(removed)} removed`;
  const named = keys.length > 0 ? `: ${keys.join(', ')}` : '';
  return [
    indent(`from the sources (${read.join('; ')}), topic noted at ${notedAt}`),
    indent(`against the topic then ${counts}${named}`),
  ];
}

/** Certificates by time, for people. */
export function renderCertificates(certificates: readonly SeedCertificate[]): string {
  if (certificates.length === 0) return 'There is no certificate.';
  const rows = certificates.map(({ id, topic, target, records, by, at }) => [id, topic, target, records, by, at]);
  return table(['certificate', 'topic', 'target', 'records', 'by', 'at'], rows);
}

/** Why a certificate does not hold, for people. */
export function renderProblems(problems: readonly CertificateProblem[], isCompared: boolean): string {
  if (problems.length > 0)
    return ['It does not hold:', ...problems.map((one) => indent(renderProblem(one)))].join('\n');
  return isCompared
    ? 'It holds: the store is what was certified.'
    : 'Its signature is right; compare the store with --to.';
}

function renderProblem(problem: CertificateProblem): string {
  switch (problem.kind) {
    case 'key-unknown':
      return `signed with the key ${problem.keyId}, which is not among AUDIT_KEYS`;
    case 'edited':
      return 'it does not say what was signed';
    case 'target-unfit':
      return problem.reason;
    case 'target-differs':
      return `the store differs from the topic: ${grouped(problem.missing)} missing, ${grouped(problem.extra)} extra, ${grouped(problem.different)} different`;
    case 'not-what-was-certified':
      return `partition ${problem.partition} is at the certified offset and holds something else`;
    case 'target-went-back':
      return `partition ${problem.partition} is before the certified offset`;
  }
}

/** Outcome of a check, for people. */
export function renderSeedCheck(check: SeedCheck): string {
  const side = (name: string, { records, live, digest }: SeedSide): (string | number)[] => [
    name,
    records,
    live,
    digest,
  ];
  const sides = [side('topic', check.source), side('target', check.target)];
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
