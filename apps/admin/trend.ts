import type { EntityStatus, OpenClass, OpenDrift, StoreDrift, TrendPoint, TrendStore } from '#contracts';
import type { Instant } from '#kernel';
import type { HubReading } from './hub-reader.js';

/**
 * One measurement of what was read, by system and entity; a service that did not answer tells nothing. Pure.
 * @param drift of the reconciler; null when it did not answer
 */
export function toTrendPoint(
  { systems, golden, at }: Pick<HubReading, 'systems' | 'golden' | 'at'>,
  drift: readonly StoreDrift[] | null,
): TrendPoint {
  const waiting = systems.flatMap(({ status }) => (status ? [[status.system, status.outboxRows]] : []));
  const stores = systems.flatMap(({ id, entities, status }) =>
    entities.map((entity) => {
      const found = drift?.find((one) => one.system === id && one.entity === entity);
      const told = status?.entities.find((one) => one.entity === entity);
      return { system: id, entity, ...ofConnector(told, at), ...ofReconciler(found, at) };
    }),
  );
  return {
    at,
    waiting: Object.fromEntries([
      ...waiting,
      ...(golden ? [['golden', golden.outboxRows]] : []),
    ]) as TrendPoint['waiting'],
    stores,
  };
}

function ofConnector(status: EntityStatus | undefined, at: Instant): Pick<TrendStore, 'due' | 'behindMs'> {
  if (!status) return {};
  const { due, caughtUpAt } = status;
  return caughtUpAt === null ? { due } : { due, behindMs: ageMs(caughtUpAt, at) };
}

/** Of a store that no scan has completed yet nothing is known: that is not the same as no drift. */
function ofReconciler(drift: StoreDrift | undefined, at: Instant): Pick<TrendStore, 'open' | 'oldestMs' | 'confirmed'> {
  if (!drift) return {};
  const { open, unlisted, confirmed } = drift;
  if (open.length === 0 && unlisted === 0 && confirmed === null) return {};
  const oldest = open.flatMap(({ kind, oldestAt }) => (kind === 'changed' || kind === 'missing' ? [oldestAt] : []));
  return {
    open: countByClass(open, unlisted),
    oldestMs: Math.max(0, ...oldest.map((since) => ageMs(since, at))),
    ...(confirmed && { confirmed: { equal: confirmed.equal, keys: confirmed.keys } }),
  };
}

function countByClass(open: readonly OpenDrift[], unlisted: number): Partial<Record<OpenClass, number>> {
  const counts: Partial<Record<OpenClass, number>> = unlisted > 0 ? { unlisted } : {};
  for (const { kind, count } of open) counts[kind] = (counts[kind] ?? 0) + count;
  return counts;
}

function ageMs(since: Instant, at: Instant): number {
  return Math.max(0, Date.parse(at) - Date.parse(since));
}
