import type { Entity } from '#contracts';
import type { BusinessKey, CanonicalFields, CanonicalValue, ExternalId, Instant, RecordStatus } from '#kernel';

/** What a system held when it was last read, under the version it had then. */
export interface Observation {
  readonly version: string | null;
  readonly status: RecordStatus;
  /** As last read, each: a reading that lacks a field says nothing of it. */
  readonly fields: CanonicalFields;
  /** The system's own digest of the record, where it computes one. */
  readonly digest: string | null;
}

/** One field that the system authored. */
export interface AuthoredField {
  readonly value: CanonicalValue;
  /** When it was seen to change; null for a first observation, which is not authorship. */
  readonly at: Instant | null;
  /** Sequence of the contribution that brought this value. */
  readonly sequence: bigint;
  /** True when the latest observation lacked the field. */
  readonly unread: boolean;
}

/** Everything that the system authored of this record; never a value that the hub wrote. */
export interface Contribution {
  readonly epoch: number;
  readonly sequence: bigint;
  readonly status: RecordStatus;
  /** Sequence of the contribution by which the system itself last changed `status`; 0n while it never did. */
  readonly statusSequence: bigint;
  readonly fields: Readonly<Record<string, AuthoredField>>;
}

/** What the hub is about to write; committed before the write. A row has at most one. */
export interface Intent {
  readonly id: string;
  readonly operation: 'create' | 'update' | 'delete';
  readonly fields: CanonicalFields;
  readonly goldenVersion: bigint;
  readonly expectedVersion: string | null;
  readonly openedAtMs: number;
}

/** A value that the system keeps in another form than it was written: case, rounding, trimmed text. */
export interface StoredForm {
  readonly wrote: CanonicalValue;
  readonly as: CanonicalValue;
}

/** The golden record as received. */
export interface GoldenState {
  readonly version: bigint;
  readonly sequence: bigint;
  readonly status: RecordStatus;
  readonly fields: CanonicalFields;
  /** Last sequence of this row's own contribution that the golden record includes; 0n when none. */
  readonly mergedSequence: bigint;
}

/**
 * One row of a connector's mirror: per (entity, external id), or per key while the system has no such record.
 * The pure functions of this lib take a row and return the next one; a store keeps it.
 */
export interface MirrorRow {
  readonly entity: Entity;
  /** Null while the record does not exist in the system. */
  readonly externalId: ExternalId | null;
  readonly key: BusinessKey;
  readonly observation: Observation | null;
  readonly contribution: Contribution | null;
  readonly intent: Intent | null;
  readonly storedForms: Readonly<Record<string, StoredForm>>;
  readonly golden: GoldenState | null;
  /** Writes in a row that the system rejected, and when the next may be tried (ms since the epoch; 0 = at once). */
  readonly attempts: number;
  readonly retryAtMs: number;
  /** Golden version whose write is known to have landed, with no write begun since; due again at it means: undone. */
  readonly writtenVersion: bigint | null;
  /** How often within 24 h (since `undoneSinceMs`) the system undid the hub's write of one version. */
  readonly undone: number;
  readonly undoneSinceMs: number;
  /** Why nothing more is written to it, with both writers named; null when it is not parked. */
  readonly parked: string | null;
}

/** A row of which nothing is known but its name. */
export function emptyRow(entity: Entity, key: BusinessKey, externalId: ExternalId | null): MirrorRow {
  return {
    entity,
    externalId,
    key,
    observation: null,
    contribution: null,
    intent: null,
    storedForms: {},
    golden: null,
    attempts: 0,
    retryAtMs: 0,
    writtenVersion: null,
    undone: 0,
    undoneSinceMs: 0,
    parked: null,
  };
}
