import type {
  BusinessKey,
  CanonicalFields,
  CanonicalValue,
  ExternalId,
  Instant,
  RecordStatus,
  SystemId,
} from '#kernel';
import type { Entity } from './generated/entities.js';

/** What a contribution says of one field besides its value. */
export interface FieldMark {
  /** When the field was seen to change; null for a first observation, which loses to every authored value. */
  readonly at: Instant | null;
  /** True when the latest observation lacked the field and its last authored value is repeated. */
  readonly unread: boolean;
  /** Only in contributions of the hub: whose word the value stands above, and for how long. */
  readonly override?: FieldOverride;
}

/** What one system had said of a field. */
export interface OverruledWord {
  readonly system: SystemId;
  readonly value: CanonicalValue;
  /** As in {@link FieldMark}. */
  readonly at: Instant | null;
}

/**
 * Why the hub itself says something of a field (ADR 19). It counts until the system that would win without it authors the
 * field anew.
 */
export interface FieldOverride {
  /** Who decided. */
  readonly by: string;
  readonly reason: string;
  /** What every system said of the field when this was decided, in the order of their ids; one that said nothing is not named. */
  readonly overrules: readonly OverruledWord[];
}

/**
 * A change event: the whole contribution of one (system, entity, external id) after it changed.
 * `marks` has exactly the names of `fields`; a name in neither is absent.
 */
export interface ContributionEvent {
  readonly entity: Entity;
  readonly system: SystemId;
  readonly externalId: ExternalId;
  readonly key: BusinessKey;
  readonly epoch: number;
  readonly sequence: bigint;
  readonly status: RecordStatus;
  readonly observedAt: Instant;
  readonly fields: CanonicalFields;
  readonly marks: Readonly<Record<string, FieldMark>>;
}

/** Per contributor, the last contribution that a golden record includes. */
export interface MergedUpTo {
  readonly system: SystemId;
  readonly externalId: ExternalId;
  readonly epoch: number;
  readonly sequence: bigint;
}

/** Where a golden field's value comes from. */
export interface FieldOrigin {
  readonly system: SystemId;
  readonly at: Instant | null;
  /** `owner`, `priority`, `last-writer-wins`, or `override` for a value of the hub. */
  readonly rule: string;
}

/** A golden record as published. `origins` has exactly the names of `fields`. */
export interface GoldenEvent {
  readonly entity: Entity;
  readonly key: BusinessKey;
  readonly version: bigint;
  /** Rises with every event of the key; an answer repeats the version under a new sequence. */
  readonly sequence: bigint;
  readonly status: RecordStatus;
  readonly policyVersion: number;
  readonly changedAt: Instant;
  readonly merged: readonly MergedUpTo[];
  readonly fields: CanonicalFields;
  readonly origins: Readonly<Record<string, FieldOrigin>>;
}
