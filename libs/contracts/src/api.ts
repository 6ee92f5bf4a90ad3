import type { BusinessKey, CanonicalFields, ErrorCode, ExternalId, Instant, RecordStatus, SystemId } from '#kernel';
import type { FieldOverride } from './events.js';
import type { Entity } from './generated/entities.js';

/** What the hub may do with a system. */
export type SystemMode = 'observe' | 'write';

/** A record set aside with its reason: rejected by the mapping, by the system, or parked. */
export interface SetAside {
  readonly entity: Entity;
  readonly externalId: string;
  readonly key: string | null;
  readonly kind: 'rejected-read' | 'rejected-write' | 'parked' | 'dead-letter';
  readonly reason: string;
  readonly at: Instant;
}

/** Counts of one entity in one system, as its connector knows them. */
export interface EntityStatus {
  readonly entity: Entity;
  readonly live: number;
  readonly foreign: number;
  /** Rows whose desired state differs from what the system holds. */
  readonly due: number;
  readonly openIntents: number;
  /** Rows whose last reading may have been stale, and that wait to be read again. */
  readonly rereads: number;
  readonly setAside: number;
  readonly firstScanCompletedAt: Instant | null;
  /**
   * When its host began the last read that found nothing more to read: all that the system had committed an overlap
   * earlier is known. Null until the first such read since the host started.
   */
  readonly caughtUpAt: Instant | null;
}

/** `GET /status` of a connector host. */
export interface SystemStatus {
  readonly system: SystemId;
  readonly connector: string;
  readonly mode: SystemMode;
  /** `running`, `down` (unreachable, retrying) or `stopped` (an operator must act). */
  readonly state: 'running' | 'down' | 'stopped';
  readonly problem: string | null;
  readonly entities: readonly EntityStatus[];
  readonly outboxRows: number;
  readonly setAside: readonly SetAside[];
}

/** How a restored system differs from what the hub last saw in it, by entity. */
export interface RestoredEntity {
  readonly entity: Entity;
  /** Records of the system. */
  readonly scanned: number;
  readonly changed: number;
  /** Records that the hub knew and the system no longer has. */
  readonly missing: number;
  /** Records that the hub does not know, or knows as deleted. */
  readonly foreign: number;
  /** Up to five keys of each kind. */
  readonly samples: Readonly<Record<'changed' | 'missing' | 'foreign', readonly string[]>>;
}

/** `GET /restored` of a connector host. */
export interface RestoredReport {
  readonly system: SystemId;
  readonly mode: SystemMode;
  /** `trusted` nothing happened; `held` somebody must choose; the others: the choice is being carried out. */
  readonly phase: 'trusted' | 'held' | 'rebasing' | 'pushing';
  readonly reason: string | null;
  readonly since: Instant | null;
  /** `topics`: the connector's own database was restored, and goes on from what it had published. */
  readonly keep: 'hub' | 'system' | 'topics' | null;
  /** Empty unless held. */
  readonly entities: readonly RestoredEntity[];
}

/** One line of `plan`: how a system differs from what the hub would make of it. */
export interface PlanEntity {
  readonly entity: Entity;
  readonly equal: number;
  readonly different: number;
  readonly onlyHere: number;
  readonly onlyThere: number;
  /** Differences by field, with up to five sample keys. */
  readonly fields: readonly { readonly field: string; readonly count: number; readonly samples: readonly string[] }[];
  /** Golden events that this system has not yet stored; a plan is exact only at 0. */
  readonly lag: number;
}

/** `GET /plan` of a connector host. */
export interface PlanReport {
  readonly system: SystemId;
  readonly mode: SystemMode;
  readonly scanned: boolean;
  readonly entities: readonly PlanEntity[];
  /** Whether `write` is possible now, and if not, why. */
  readonly writeAllowed: boolean;
  readonly why: string | null;
}

/** Something that the guard stopped before anything of it was written. */
export interface Hold {
  readonly id: string;
  /** `live` a source batch held by golden; `round` a reconcile round held by the reconciler. */
  readonly kind: 'live' | 'round';
  readonly system: SystemId;
  readonly entity: Entity;
  readonly rule: string;
  readonly count: number;
  readonly limit: number;
  readonly reason: string;
  readonly samples: readonly string[];
  /** Digest of what is held; an approval names it, and is refused when a row moved since. */
  readonly digest: string;
  readonly state: 'open' | 'approved' | 'rejected';
  readonly openedAt: Instant;
  readonly decidedAt: Instant | null;
  readonly decidedBy: string | null;
}

/** Body of `POST /holds/:id/approve` and `/reject`. */
export interface HoldDecision {
  readonly digest: string;
  readonly actor: string;
}

/** One drift of a round. */
export interface DriftItem {
  readonly roundId: string;
  readonly entity: Entity;
  readonly externalId: ExternalId;
  readonly key: BusinessKey | null;
  readonly kind: 'changed' | 'missing' | 'foreign' | 'undecided';
  readonly fields: readonly string[];
  readonly outcome: 'found' | 'held' | 'fixed' | 'unfixed' | 'rejected';
}

/** One contributor's word on one field, for `explain`. */
export interface ExplainedValue {
  readonly system: SystemId;
  readonly externalId: ExternalId;
  readonly value: CanonicalFields[string];
  readonly at: Instant | null;
  readonly unread: boolean;
  readonly won: boolean;
  /** Only of the hub's own word: who decided it and why, and what it stands above. Where it has not won, it counts no more. */
  readonly override?: FieldOverride;
}

/** `GET /explain/:entity/:key` of golden. */
export interface ExplainReport {
  readonly entity: Entity;
  readonly key: BusinessKey;
  readonly version: string;
  readonly status: RecordStatus;
  readonly policyVersion: number;
  readonly changedAt: Instant;
  readonly foreign: boolean;
  readonly fields: Readonly<
    Record<
      string,
      { readonly value: CanonicalFields[string]; readonly rule: string; readonly values: readonly ExplainedValue[] }
    >
  >;
  readonly holds: readonly string[];
}

/** `GET /as-of/:entity/:key?at=` of golden: the version in force at an instant. */
export interface AsOfReport {
  readonly entity: Entity;
  readonly key: BusinessKey;
  readonly version: string;
  readonly status: RecordStatus;
  readonly changedAt: Instant;
  readonly fields: CanonicalFields;
}

/** `GET /status` of golden. */
export interface GoldenStatus {
  readonly entities: readonly {
    readonly entity: Entity;
    readonly live: number;
    readonly deleted: number;
    readonly foreign: number;
  }[];
  readonly outboxRows: number;
  readonly openHolds: number;
}

/** A key of an outbox whose rows are kept and not published, since no broker took the first of them. */
export interface ParkedKeyReport {
  /** The Kafka key: of a connector the external id, of golden the business key. */
  readonly key: string;
  readonly code: ErrorCode;
  readonly reason: string;
  /** Rows that wait: the one that was refused, and what came later of its key. */
  readonly rows: number;
  readonly parkedAt: Instant;
  /** Its release was asked for, and its relay has yet to send the rows. */
  readonly isReleased: boolean;
}

/** `GET /outbox/parked` of every app that runs a relay: those parked first. */
export interface ParkedReport {
  readonly keys: readonly ParkedKeyReport[];
  /** Whether there are more than were asked for. */
  readonly more: boolean;
}

/** Answer of `POST /outbox/parked/release`. */
export interface ParkedRelease {
  /** How many of the keys were parked. */
  readonly released: number;
}

/** One receiver of signed events, in `GET /webhooks` of the notifier. */
export interface WebhookStatus {
  readonly name: string;
  /** Without its path, which may hold a secret. */
  readonly host: string;
  /** Why nothing is sent any more; null while it is on. */
  readonly offReason: string | null;
  readonly pending: number;
  readonly oldestPendingAt: Instant | null;
  /** Events of which the last attempt failed. */
  readonly parked: number;
  /** Why the last attempt that failed did; null when none waits after a failure. */
  readonly problem: string | null;
}
