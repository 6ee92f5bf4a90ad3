import type {
  BatchReport,
  Entity,
  RevertedField,
  RevertItem,
  RevertReport,
  RevertSelection,
  SkippedField,
} from '#contracts';
import type { BusinessKey, Instant } from '#kernel';
import type { GoldenRecord } from './golden.js';
import type { Repair } from './repair.js';

/** One revert as stored. */
export interface RevertRow {
  readonly id: string;
  readonly selection: RevertSelection;
  readonly state: RevertReport['state'];
  readonly digest: string | null;
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly reason: string | null;
}

/** One record of a revert as stored. */
export interface RevertItemRow {
  readonly key: BusinessKey;
  readonly outcome: RevertItem['outcome'];
  /** Versions that were selected, ascending; of an undone repair none. */
  readonly selected: readonly bigint[];
  /** The current version when it was planned; 0 before. */
  readonly version: bigint;
  readonly changes: readonly RevertedField[];
  readonly skipped: readonly SkippedField[];
}

/** Reverts within one transaction. Their rows are locked before any key. */
export interface RevertTransaction {
  /** Keeps what rounds found; a later repair of a record by the same round replaces an earlier one. */
  addRepairs(entity: Entity, repairs: readonly Repair[]): Promise<void>;
  /** Stores a new revert with the records that its selection names now, all `selected`. @returns its id */
  create(selection: RevertSelection, at: Instant, actor: string): Promise<string>;
  lock(id: string): Promise<RevertRow | null>;
  /** Locks the oldest revert that waits for work; null when there is none, or another process has it. */
  lockWaiting(): Promise<RevertRow | null>;
  /** Records with this outcome, in the order of their keys. */
  findItems(id: string, outcome: RevertItem['outcome'], limit: number): Promise<RevertItemRow[]>;
  /** Versions of each key from the given one on, ascending, the current one last. */
  findVersions(
    entity: Entity,
    from: ReadonlyMap<BusinessKey, bigint>,
  ): Promise<ReadonlyMap<BusinessKey, GoldenRecord[]>>;
  /** What the round repaired in these records. */
  findRepairs(entity: Entity, roundId: string, keys: readonly BusinessKey[]): Promise<Repair[]>;
  saveItems(id: string, items: readonly RevertItemRow[]): Promise<void>;
  /** Digest of everything that goes back: records, versions, values. */
  digest(id: string): Promise<string>;
  save(revert: RevertRow): Promise<void>;
}

/** Counts of a revert. */
export type RevertCounts = Pick<RevertReport, 'records' | 'withSkipped'>;

/** Which records of a revert to show. */
export interface ItemPage {
  readonly outcome: RevertItem['outcome'] | null;
  /** Only records with something left as it is. */
  readonly skippedOnly: boolean;
  /** Keys after this one; '' for the first. */
  readonly after: string;
  readonly limit: number;
}

/** What people see of reverts. */
export interface RevertReads {
  findRevert(id: string): Promise<RevertRow | null>;
  countItems(id: string): Promise<RevertCounts>;
  findRevertItems(id: string, page: ItemPage): Promise<RevertItemRow[]>;
  /** What made versions lately; reads all versions of the entity. */
  findRecentBatches(entity: Entity, limit: number): Promise<BatchReport[]>;
  /** Forgets plans that nobody approved, and what rounds found, each from before its time. */
  forgetReverts(before: { readonly plans: Instant; readonly repairs: Instant }): Promise<void>;
}
