import type { CanonicalFields, Instant } from '#kernel';
import type { Entity } from './generated/entities.js';

/** One line of a record's timeline. */
export interface TimelineEntry {
  readonly at: Instant;
  /**
   * `change` a system changed it; `version` golden made a version of it; `answer` golden told again what stands; `write` the hub
   * wrote it into a system, or is about to; `drift` a check found a difference; `check` one compared the system and found none of
   * this record; `dead-letter` a consumer set it aside; `other` a record of a topic that is none of these.
   */
  readonly kind: 'change' | 'version' | 'answer' | 'write' | 'drift' | 'check' | 'dead-letter' | 'other';
  /** Who: a system of the hub file, `golden`, `hub`, or a consumer. */
  readonly system: string;
  /** What of it: `version 4`, `live`, `applied`. */
  readonly what: string;
  /** Fields that changed, old and new; `before` is absent where the record had none, `after` where it is left out now. */
  readonly changes: Readonly<
    Record<string, { readonly before?: CanonicalFields[string]; readonly after?: CanonicalFields[string] }>
  >;
  readonly eventId: string | null;
  readonly traceId: string | null;
  /** Event id of what it came from, if that is known. */
  readonly causedBy: string | null;
  /** From its cause to it, or from the system's own time to the event; null where neither is known. */
  readonly latencyMs: number | null;
  /** Of a write: when it was answered; null while it is not, or where nothing says it. */
  readonly answeredAt: Instant | null;
  /** The reconcile round that checked it, or whose repair it is. */
  readonly round: string | null;
  /** The source batch that a change came with. */
  readonly batch: string | null;
  /** Where it lies; null for what is in no topic. */
  readonly place: { readonly topic: string; readonly partition: number; readonly offset: string } | null;
  /** False where the topic no longer holds it: what it changed is unknown then. */
  readonly isReadable: boolean;
}

/** `GET /timeline/:entity/:key` of the indexer. */
export interface TimelineReport {
  readonly entity: Entity;
  readonly key: string;
  /** Oldest first. */
  readonly entries: readonly TimelineEntry[];
  /** True where older records are left out. */
  readonly isCut: boolean;
  /** Systems whose connector did not answer: their writes are missing. `reconciler`: the checks that found nothing are. */
  readonly silent: readonly string[];
  /** As in the answer of a search. */
  readonly lag: number;
  readonly endsAt: Instant;
}
