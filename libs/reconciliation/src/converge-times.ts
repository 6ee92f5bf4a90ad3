import type { ConvergeTimes } from '#contracts';
import type { Converged } from './drift-reads.js';

/** Percentiles by nearest rank: the shortest time that so large a share of the drift did not exceed. Pure. */
export function toConvergeTimes(groups: readonly Pick<Converged, 'ms' | 'count'>[]): ConvergeTimes {
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  return { count, p50Ms: percentileMs(groups, 0.5), p99Ms: percentileMs(groups, 0.99) };
}

/** @param share above 0 and at most 1. @returns null without drift */
export function percentileMs(groups: readonly Pick<Converged, 'ms' | 'count'>[], share: number): number | null {
  const sorted = [...groups].sort((a, b) => a.ms - b.ms);
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  const rank = Math.max(1, Math.ceil(share * total - 1e-9));
  let seen = 0;
  for (const { ms, count } of sorted) {
    seen += count;
    if (seen >= rank) return ms;
  }
  return null;
}
