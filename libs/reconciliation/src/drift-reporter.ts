import type { ConfirmedEqual, DriftReport, Entity, Hold, OverRepresented, StoreDrift } from '#contracts';
import { objectiveOf, type HubFile, type Objective } from '#hub-file';
import { instantOfMs, type Clock, type SystemId } from '#kernel';
import { attributeDrift } from './attribute-drift.js';
import { toConvergeTimes } from './converge-times.js';
import type { Converged, DriftReads, DriftSelection, Store, StoreScan } from './drift-reads.js';
import { confirmedWithin, evaluateObjective } from './objectives.js';
import type { RoundReads } from './ports.js';

/** What a report is about. */
export interface ReportQuery {
  readonly sinceMs: number;
  readonly system: SystemId | null;
  readonly entity: Entity | null;
}

/** What a {@link DriftReporter} needs. */
export interface DriftReporterOptions {
  readonly file: Pick<HubFile, 'systems' | 'objectives'>;
  readonly reads: DriftReads;
  readonly rounds: Pick<RoundReads, 'findHolds' | 'getReport'>;
  readonly clock: Clock;
}

const DAY_MS = 24 * 60 * 60_000;
/** Rounds and holds that a report lists. */
const MAX_LISTED = 500;

/** Says how drift stands. Reads only; what is read in one report may be of moments some milliseconds apart. */
export class DriftReporter {
  constructor(private readonly options: DriftReporterOptions) {}

  /** Everything of a window. */
  async report({ sinceMs, system, entity }: ReportQuery): Promise<DriftReport> {
    const { reads, clock } = this.options;
    const selection = { since: instantOfMs(sinceMs), system, entity, roundId: null };
    const [stores, { rounds, of }, holds, attribution] = await Promise.all([
      this.stores(selection),
      reads.findRounds(selection, MAX_LISTED),
      this.holds(selection),
      this.attribute(selection),
    ]);
    const times = { at: instantOfMs(clock.nowMs()), since: selection.since };
    return { ...times, stores, rounds, roundsLeftOut: of - rounds.length, holds, attribution };
  }

  /** How each store stands now, measured over the window. */
  storesNow({ sinceMs, system, entity }: ReportQuery): Promise<StoreDrift[]> {
    return this.stores({ since: instantOfMs(sinceMs), system, entity, roundId: null });
  }

  /** Every store of the hub file that the selection names, also one that no round has scanned. */
  private async stores(selection: DriftSelection): Promise<StoreDrift[]> {
    const { reads, clock, file } = this.options;
    const nowMs = clock.nowMs();
    const wanted = storesOf(file, selection);
    const objectives = wanted.map(({ system, entity }) => objectiveOf(file, system, entity));
    const scans = await reads.findStores(selection);
    const converged = await reads.findConverged(selection);
    const windows = await this.findWindows(selection, objectives, nowMs);
    return wanted.map((store, index) => {
      const objective = objectives[index] ?? null;
      const within = objective === null ? [] : (windows.get(objective.withinMs) ?? []);
      const scan = scans.find((one) => isOf(one, store)) ?? null;
      return toStoreDrift({
        store,
        scan,
        objective,
        nowMs,
        converged: of(converged, store),
        within: of(within, store),
      });
    });
  }

  /** What the drift of a round has more often than chance explains. @throws HubError HUB_NOT_FOUND */
  async attributeRound(roundId: string): Promise<OverRepresented[]> {
    const { startedAt, system, entity } = await this.options.rounds.getReport(roundId);
    return this.attribute({ since: startedAt, system, entity, roundId });
  }

  private async attribute(selection: DriftSelection): Promise<OverRepresented[]> {
    const { reads, file } = this.options;
    const [groups, populations, totals] = await Promise.all([
      reads.findGroups(selection),
      reads.findPopulations(selection),
      reads.findTotals(selection),
    ]);
    const fieldsOf = ({ system, entity }: Store): number =>
      Object.keys(file.systems.find(({ id }) => id === system)?.entities[entity]?.fields ?? {}).length;
    return attributeDrift({ groups, populations, totals, fieldsOf });
  }

  /** Repaired drift of each window that an objective names. */
  private async findWindows(
    selection: DriftSelection,
    objectives: readonly (Objective | null)[],
    nowMs: number,
  ): Promise<ReadonlyMap<number, readonly Converged[]>> {
    const lengths = new Set(objectives.flatMap((objective) => (objective ? [objective.withinMs] : [])));
    const windows = new Map<number, readonly Converged[]>();
    for (const ms of lengths) {
      const since = instantOfMs(nowMs - ms);
      windows.set(ms, await this.options.reads.findConverged({ ...selection, since }));
    }
    return windows;
  }

  private async holds({ since, system, entity }: DriftSelection): Promise<Hold[]> {
    const { rounds } = this.options;
    const [open, all] = await Promise.all([rounds.findHolds('open', MAX_LISTED), rounds.findHolds(null, MAX_LISTED)]);
    const decided = all.filter(({ state, openedAt }) => state !== 'open' && openedAt >= since);
    return [...open, ...decided].filter(
      (hold) => (system ?? hold.system) === hold.system && (entity ?? hold.entity) === hold.entity,
    );
  }
}

interface StoreFacts {
  readonly store: Store;
  readonly scan: StoreScan | null;
  readonly objective: Objective | null;
  readonly nowMs: number;
  readonly converged: readonly Converged[];
  /** Of the objective's window. */
  readonly within: readonly Converged[];
}

function toStoreDrift({ store, scan, objective, nowMs, converged, within }: StoreFacts): StoreDrift {
  const last: ConfirmedEqual | null = scan?.confirmed ?? null;
  const open = scan?.open ?? [];
  return {
    ...{ system: store.system, entity: store.entity, open, unlisted: scan?.unlisted ?? 0 },
    converge: toConvergeTimes(converged),
    confirmed: confirmedWithin(last, { withinMs: DAY_MS, nowMs }),
    objectives: objective ? evaluateObjective(objective, { confirmed: last, converged: within, open, nowMs }) : [],
  };
}

/** In the order of the hub file. */
function storesOf({ systems }: Pick<HubFile, 'systems'>, { system, entity }: DriftSelection): Store[] {
  return systems
    .flatMap(({ id, entities }) => (Object.keys(entities) as Entity[]).map((name) => ({ system: id, entity: name })))
    .filter((store) => (system ?? store.system) === store.system && (entity ?? store.entity) === store.entity);
}

function of(groups: readonly Converged[], store: Store): readonly Converged[] {
  return groups.filter((group) => isOf(group, store));
}

function isOf(one: Store, other: Store): boolean {
  return one.system === other.system && one.entity === other.entity;
}
