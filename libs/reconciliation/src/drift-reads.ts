import type { ConfirmedEqual, DriftItem, Entity, OpenDrift, RoundReport } from '#contracts';
import type { Instant, SystemId } from '#kernel';
import type { Facts, Population } from './round-jobs.js';

/** Which rounds; null selects all. */
export interface DriftSelection {
  /** Started then or later; of one round, its own start. */
  readonly since: Instant;
  readonly system: SystemId | null;
  readonly entity: Entity | null;
  readonly roundId: string | null;
}

/** One entity of one system. */
export interface Store {
  readonly system: SystemId;
  readonly entity: Entity;
}

/** What the last complete scan of a store left. */
export interface StoreScan extends Store {
  readonly roundId: string;
  readonly startedAt: Instant;
  /** Null where the host did not say what it knew besides the differences. */
  readonly confirmed: ConfirmedEqual | null;
  readonly open: readonly OpenDrift[];
  /** Differences beyond those that the round lists, and that were not repaired. */
  readonly unlisted: number;
}

/** Repaired drift of a store that took the same time. */
export interface Converged extends Store {
  /** From the scan that first found it to the reading that proved it gone. */
  readonly ms: number;
  readonly count: number;
}

/** Drifting records that can not be told apart. */
export interface DriftGroup extends Store {
  readonly kind: DriftItem['kind'];
  readonly fields: readonly string[];
  readonly facts: Facts | null;
  readonly count: number;
}

/** What the records of a store are like, as one scan saw it. */
export interface StorePopulation extends Store {
  readonly population: Population;
}

/** Records scanned, and differences by kind, of all rounds of a store. */
export type DriftTotals = Store & Pick<RoundReport, 'scanned' | 'changed' | 'missing' | 'foreign' | 'undecided'>;

/** Drift as reports and metrics need it. What a round lists is bounded, and so is what these answer. */
export interface DriftReads {
  /** The last complete scan of each store, however old; the window of the selection does not count. */
  findStores(selection: DriftSelection): Promise<StoreScan[]>;
  /** Repaired since the window began. */
  findConverged(selection: DriftSelection): Promise<Converged[]>;
  /** Rounds started in the window, newest first, and how many there are. */
  findRounds(
    selection: DriftSelection,
    limit: number,
  ): Promise<{ readonly rounds: RoundReport[]; readonly of: number }>;
  /** Records that drifted in the window, each once, as its newest round saw it. */
  findGroups(selection: DriftSelection): Promise<DriftGroup[]>;
  /** Newest first. */
  findPopulations(selection: DriftSelection): Promise<StorePopulation[]>;
  /** Records of the newest scan of each store in the window; with `earlier`, sums over the rounds before it. */
  findTotals(selection: DriftSelection): Promise<{ readonly newest: DriftTotals[]; readonly earlier: DriftTotals[] }>;
}
