import type { RequestAccess } from '#auth';
import type { HubOverview } from '#contracts';
import { findProblems } from './find-problems.js';

/**
 * The overview as far as the reader's roles reach; whole for a role without limits. What belongs to no entity and no system, such
 * as parked keys and receivers of webhooks, is left out for a role with limits. Pure.
 */
export function cutOverview(
  overview: HubOverview,
  access: Pick<RequestAccess, 'isUnlimited' | 'reaches'>,
): HubOverview {
  if (access.isUnlimited) return overview;
  const isReached = (item: { readonly entity: string; readonly system: string }): boolean =>
    access.reaches({ entity: item.entity, system: item.system });
  // A system is shown when some entity of it is reached: roles may be limited by either.
  const systems = overview.systems.filter(({ id, entities }) =>
    entities.some((entity) => isReached({ entity, system: id })),
  );
  const ids = new Set<string>(systems.map(({ id }) => id));
  const cut = {
    ...overview,
    systems,
    golden: overview.golden && {
      ...overview.golden,
      entities: overview.golden.entities.filter(({ entity }) => access.reaches({ entity })),
    },
    holds: overview.holds.filter(isReached),
    rounds: overview.rounds.filter(isReached),
    ...{ parked: [], webhooks: [] },
    restored: overview.restored.filter(({ system }) => ids.has(system)),
    unreachable: overview.unreachable.filter(({ service }) => ids.has(service.replace(/^connector /, ''))),
  };
  const shown = new Set(findProblems(cut).map(({ id }) => id));
  return { ...cut, problems: overview.problems.filter(({ id }) => shown.has(id)) };
}
