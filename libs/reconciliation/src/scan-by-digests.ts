import type { Entity } from '#contracts';
import { descend, type Descent, type DescentOptions } from './descend.js';
import { planScan, rangesBetween, type RangePlan } from './range-plan.js';

/** Keeps, per entity, how the last complete scan cut the ids. */
export interface RangePlanStore {
  findPlan(entity: Entity): Promise<RangePlan | null>;
  /** Replaces the entity's plan. */
  savePlan(entity: Entity, plan: RangePlan): Promise<void>;
}

/** What a scan by digests works with. */
export interface DigestScanOptions extends DescentOptions {
  readonly entity: Entity;
  readonly plans: RangePlanStore;
  /** Version of the digests that the system computes now. */
  readonly digestVersion: string;
  /** Live records that the mirror knows. */
  readonly rows: number;
  /** Every so many-th live id of the mirror, in byte order. */
  readonly findBoundaries: (rowsPerRange: number) => Promise<readonly string[]>;
}

/**
 * Scans by digests, in the ranges of the last run where they fit, and keeps them with what was found for the next one.
 * `rescan` when the mirror holds digests of another version: then every record has to be read, and the plan be replaced
 * ({@link firstPlan}) once the mirror holds the new digests.
 */
export async function scanByDigests(options: DigestScanOptions): Promise<Descent | 'rescan'> {
  const { entity, plans, digestVersion, rows } = options;
  const plan = planScan(await plans.findPlan(entity), { digestVersion, rows });
  if (plan.kind === 'rescan') return 'rescan';
  const ranges = plan.kind === 'keep' ? plan.ranges : rangesBetween(await options.findBoundaries(plan.rowsPerRange));
  const descent = await descend(ranges, options);
  const boundaries = ranges.map(({ to }) => to).filter((to) => to !== null);
  const { candidates, largestRange } = descent;
  await plans.savePlan(entity, { digestVersion, boundaries, drift: candidates.length, largestRange });
  return descent;
}

/** The plan after a complete scan by records: digests are of this version now, ranges are cut by the next scan. */
export function firstPlan(digestVersion: string, drift: number): RangePlan {
  return { digestVersion, boundaries: [], drift, largestRange: Number.MAX_SAFE_INTEGER };
}
