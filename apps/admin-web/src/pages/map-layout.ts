import type { HubOverview, SystemOverview } from '#contracts';

/** A place on the map. */
export interface MapNode {
  readonly system: SystemOverview;
  readonly x: number;
  readonly y: number;
  /** Drift that the latest round of each entity left or found. */
  readonly drift: number;
  readonly due: number;
  readonly side: 'source' | 'target';
}

/** Where everything is drawn. */
export interface MapLayout {
  readonly width: number;
  readonly height: number;
  readonly hub: { readonly x: number; readonly y: number };
  readonly nodes: readonly MapNode[];
}

/** Size of a box. */
export const NODE = { width: 200, height: 84 } as const;

const GAP = 28;
const COLUMN = 330;

/** Sources on the left, the hub in the middle, systems that it writes on the right; on a narrow screen from top to bottom. Pure. */
export function layOutMap(overview: HubOverview, isNarrow: boolean): MapLayout {
  const targets = overview.systems.filter(isWritten);
  const sources = overview.systems.filter((system) => !isWritten(system));
  return isNarrow ? stacked(overview, sources, targets) : inColumns(overview, sources, targets);
}

function isWritten({ status, wishedMode }: SystemOverview): boolean {
  return (status?.mode ?? wishedMode) === 'write';
}

function inColumns(
  overview: HubOverview,
  sources: readonly SystemOverview[],
  targets: readonly SystemOverview[],
): MapLayout {
  const rows = Math.max(sources.length, targets.length, 1);
  const height = rows * (NODE.height + GAP) + GAP;
  const place = (list: readonly SystemOverview[], x: number, side: MapNode['side']): MapNode[] => {
    const top = (height - list.length * (NODE.height + GAP) + GAP) / 2;
    return list.map((system, index) => toNode(overview, system, { x, y: top + index * (NODE.height + GAP), side }));
  };
  return {
    width: 2 * COLUMN + NODE.width,
    height,
    hub: { x: COLUMN, y: height / 2 - NODE.height / 2 },
    nodes: [...place(sources, 0, 'source'), ...place(targets, 2 * COLUMN, 'target')],
  };
}

function stacked(
  overview: HubOverview,
  sources: readonly SystemOverview[],
  targets: readonly SystemOverview[],
): MapLayout {
  const step = NODE.height + GAP;
  const x = 60;
  const all = [
    ...sources.map((system) => ({ system, side: 'source' as const })),
    ...targets.map((system) => ({ system, side: 'target' as const })),
  ];
  const nodes = all.map(({ system, side }, index) => {
    const row = side === 'source' ? index : index + 1;
    return toNode(overview, system, { x, y: GAP + row * step, side });
  });
  return {
    width: NODE.width + 2 * x,
    height: GAP + (all.length + 1) * step,
    hub: { x, y: GAP + sources.length * step },
    nodes,
  };
}

function toNode({ rounds }: HubOverview, system: SystemOverview, place: Pick<MapNode, 'x' | 'y' | 'side'>): MapNode {
  const newest = system.entities.flatMap((entity) => {
    const of = rounds.filter((round) => round.system === system.id && round.entity === entity);
    return of.sort((a, b) => b.startedAt.localeCompare(a.startedAt)).slice(0, 1);
  });
  const drift = newest.reduce((sum, { changed, missing, fixed }) => sum + Math.max(0, changed + missing - fixed), 0);
  const due = system.status?.entities.reduce((sum, entity) => sum + entity.due, 0) ?? 0;
  return { ...place, system, drift, due };
}
