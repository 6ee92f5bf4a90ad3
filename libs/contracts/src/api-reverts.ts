import type { BusinessKey, CanonicalFields, Instant, SystemId } from '#kernel';
import type { Entity } from './generated/entities.js';

/** Which changes of golden records to take back. All that is given must hold; at least one of the optional parts is given. */
export interface RevertSelection {
  readonly entity: Entity;
  /** One record; alone, its last change. */
  readonly key?: BusinessKey;
  /** Changes that came from this system; `hub` for reverts. */
  readonly system?: SystemId;
  /** Changes of one source batch, reconcile round or revert. */
  readonly batch?: string;
  /** Versions made at or after, and at or before. */
  readonly since?: Instant;
  readonly until?: Instant;
  /** Changes by their place on the change topic of (system, entity); both ends included. Needs `system`. */
  readonly range?: { readonly partition: number; readonly from: string; readonly to: string };
  /** What a reconcile round repaired. */
  readonly round?: string;
}

/** A field that goes back. */
export interface RevertedField {
  readonly field: string;
  /** Absent where the record has none now. */
  readonly now?: CanonicalFields[string];
  readonly before: CanonicalFields[string];
}

/** Something that is left as it is, and why; without a field, all of the record. */
export interface SkippedField {
  readonly field: string | null;
  readonly why: string;
}

/** What a revert means for one record. */
export interface RevertItem {
  readonly key: BusinessKey;
  /**
   * `selected` not looked at yet; `planned` something goes back; `listed` nothing can; `unchanged` all is as it was already;
   * `reverted` done; `moved` changed since the dry run, so left alone.
   */
  readonly outcome: 'selected' | 'planned' | 'listed' | 'unchanged' | 'reverted' | 'moved';
  readonly version: string;
  readonly changes: readonly RevertedField[];
  readonly skipped: readonly SkippedField[];
}

/** A revert: first a dry run, whose digest an approval names. */
export interface RevertReport {
  readonly id: string;
  readonly selection: RevertSelection;
  readonly state: 'planning' | 'planned' | 'applying' | 'applied';
  /** Of everything that goes back; null while it is being planned. */
  readonly digest: string | null;
  readonly records: Readonly<Record<RevertItem['outcome'], number>>;
  /** Records with something that is left as it is, whether or not other fields of them go back. */
  readonly withSkipped: number;
  readonly samples: readonly RevertItem[];
  readonly createdAt: Instant;
  readonly createdBy: string;
  readonly approvedBy: string | null;
  readonly reason: string | null;
}

/** Body of `POST /reverts/:id/apply`. */
export interface RevertApproval {
  readonly digest: string;
  readonly actor: string;
  readonly reason?: string | undefined;
}

/** A source batch, round or revert that made current or past versions, in `GET /batches`; newest first. */
export interface BatchReport {
  readonly batch: string;
  readonly system: SystemId;
  readonly entity: Entity;
  readonly records: number;
  readonly from: Instant;
  readonly to: Instant;
}
