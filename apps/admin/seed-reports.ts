import type { SeedCertificateReport, SeedPlanReport, SeedReport, SeedWish } from '#contracts';
import {
  describeShape,
  SEED_NOT_BEGUN,
  type CertifiedSources,
  type SeedCertificate,
  type SeedJob,
  type SeedOrder,
} from '#replay';
import type { SeedPreview, SeedRequest } from '#replay-desk';

/** What a dry run found. Pure. */
export function toSeedPlanReport(
  { entity, shape }: SeedRequest,
  { plan, targetName, liveRecords, scans }: SeedPreview,
): SeedPlanReport {
  return {
    ...{ entity, source: plan.topic, target: targetName, shape: describeShape(shape), isResumed: plan.isResumed },
    ...{ liveRecords, scans },
    messages: Number(plan.messages),
    partitions: plan.partitions.map(({ partition, fromOffset, untilOffset }) => {
      return { partition, from: String(fromOffset), until: String(untilOffset) };
    }),
  };
}

/** A seed as the page shows it. Pure. */
export function toSeedReport(job: SeedJob): SeedReport {
  const { id, entity, topic, shape, state, problem, actor, createdAt, changedAt, certificate } = job;
  const { phase, scans, rowsPerSecond, etaSeconds, unreadable, compared } = job.progress ?? SEED_NOT_BEGUN;
  const positions = positionsOf(job);
  const total = sumOf(positions, ({ until, from }) => until - from);
  const read = sumOf(positions, ({ next, from }) => next - from);
  return {
    ...{ id, entity, source: topic, state, problem, actor, createdAt, changedAt, certificate },
    ...{ wish: toWish(job), shape: describeShape(shape), phase, scans, compared, etaSeconds, unreadable },
    ...{ read: Number(read), total: Number(total), percent: total === 0n ? 100 : Number((read * 100n) / total) },
    perSecond: rowsPerSecond,
    positions: positions.map(({ partition, from, until, next }) => {
      return { partition, from: String(from), until: String(until), next: String(next) };
    }),
  };
}

/** A certificate as the page shows it. Pure. */
export function toCertificateReport(certificate: SeedCertificate, isSigned: boolean): SeedCertificateReport {
  const { id, topic, entity, target, shape, by, at, records, live, digest, keyId, partitions, sources } = certificate;
  return {
    ...{ id, topic, entity, target, by, at, records, live, digest, keyId, isSigned, shape: describeShape(shape) },
    sources: sources ? toSourcesReport(sources) : null,
    partitions: partitions.map(({ fromOffset: from, nextOffset: until, ...part }) => ({ ...part, from, until })),
  };
}

function toSourcesReport({ notedAt, systems, differences }: CertifiedSources): SeedCertificateReport['sources'] {
  return { notedAt, systems, differences };
}

interface Position {
  readonly partition: number;
  readonly from: bigint;
  readonly until: bigint;
  readonly next: bigint;
}

/** Ends are drawn anew while a seed runs: what counts is where it now has to come to. */
function positionsOf({ windows, progress }: SeedJob): Position[] {
  return windows.map(({ partition, fromOffset: from, untilOffset }) => {
    const now = progress?.positions.find((position) => position.partition === partition);
    const until = now?.untilOffset ?? untilOffset;
    const next = now?.nextOffset ?? from;
    return { partition, from, until, next: next < until ? next : until };
  });
}

function sumOf(positions: readonly Position[], of: (position: Position) => bigint): bigint {
  return positions.reduce((sum, position) => sum + of(position), 0n);
}

function toWish({ entity, destination: to, shape: { where, fields, asOf, from } }: SeedOrder): SeedWish {
  const parts = { ...(where.length > 0 && { where }), ...(fields && { fields }), ...(asOf !== null && { asOf }) };
  return { entity, to, ...parts, ...(from && { from }) };
}
