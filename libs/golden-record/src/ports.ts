import type { AvroRecord, ContributionEvent, Entity, EventTypeName } from '#contracts';
import type { BusinessKey, CanonicalFields, ExternalId, Instant, RecordStatus, SystemId } from '#kernel';
import type { AppliedOffsets, OutboxAppender } from '#outbox';
import type { Contribution } from './contribution.js';
import type { GoldenRecord, Place } from './golden.js';
import type { GuardRule } from './guard.js';
import type { WindowSource, WindowState } from './guard-window.js';
import type { RevertReads, RevertTransaction } from './revert-ports.js';

/** Encodes an event's value in the registry's wire format. */
export interface EventEncoder {
  /** @throws HubError HUB_PAYLOAD_INVALID */
  encode(type: EventTypeName, record: AvroRecord): Buffer;
}

/** Everything known of one key: its golden record and all contributions to it. */
export interface KeyRecord {
  readonly key: BusinessKey;
  readonly golden: GoldenRecord | null;
  readonly contributions: readonly Contribution[];
}

/** Where the guard stands with what it set aside. */
export type HoldState = 'collecting' | 'released' | 'open' | 'approved' | 'rejected';

/** A contribution that the guard set aside; at most one per (system, entity, external id), the latest. */
export interface HeldContribution {
  /** The source batch that it waits with; `<system>/<entity>/<batch>`. */
  readonly batchId: string;
  /** Null until the hold exists. */
  readonly holdId: string | null;
  readonly holdState: HoldState;
  /** Every rule against which it counts. */
  readonly rules: readonly GuardRule[];
  readonly isBulk: boolean;
  readonly event: ContributionEvent;
  readonly place?: Place;
}

/** Progress of one source batch. `id` is `<system>/<entity>/<batch>`. */
export interface GuardBatch {
  readonly id: string;
  readonly system: SystemId;
  readonly entity: Entity;
  readonly size: number;
  readonly seen: number;
  /** When its connector made the first event of it that came. */
  readonly observedAt: Instant;
  /** Live golden records of the entity when the batch was first seen. */
  readonly catalogue: number;
  /** Per rule, what passed or was released of this batch before. */
  readonly released: Readonly<Record<GuardRule, number>>;
}

/** One hold: what the guard set aside of one batch, and what became of it. */
export interface HoldRow {
  readonly id: string;
  readonly batchId: string;
  readonly system: SystemId;
  readonly entity: Entity;
  readonly state: HoldState;
  readonly rule: GuardRule;
  readonly count: number;
  readonly limit: number;
  readonly reason: string;
  /** Digest and sample keys of what is held now or, once decided, of what was decided on. */
  readonly digest: string;
  readonly samples: readonly string[];
  /** When the connector made the last event that it took in. */
  readonly observedAt: Instant;
  readonly openedAt: Instant;
  readonly decidedAt: Instant | null;
  readonly decidedBy: string | null;
}

/** One act of a person or of the guard, for `hub.audit.v1`. */
export interface AuditEntry {
  readonly id: string;
  readonly actor: string;
  /** `hold.opened`, `hold.approved`, `hold.rejected`. */
  readonly action: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, string>>;
  readonly at: Instant;
}

/** What a page leaves behind for one entity. Every list holds each identity once. */
export interface RecordChanges {
  readonly contributions: readonly { readonly key: BusinessKey; readonly contribution: Contribution }[];
  readonly goldens: readonly GoldenRecord[];
  /** Versions that are no longer current, for as-of. */
  readonly superseded: readonly GoldenRecord[];
}

/** One transaction of golden. Locks are taken in this order: applied offset, keys, guard batches by id, window, holds. */
export interface GoldenTransaction {
  readonly offsets: AppliedOffsets;
  readonly outbox: OutboxAppender;
  /** Serialises all writers of these keys until the transaction ends; in a fixed order. */
  lockKeys(entity: Entity, keys: readonly BusinessKey[]): Promise<void>;
  /** Records of the keys; a key without any is missing. */
  findRecords(entity: Entity, keys: readonly BusinessKey[]): Promise<KeyRecord[]>;
  saveRecords(entity: Entity, changes: RecordChanges): Promise<void>;
  /** Keys after `after`, in byte order, whose record was made by a lower policy version. */
  findOutdatedKeys(entity: Entity, policyVersion: number, after: BusinessKey, limit: number): Promise<BusinessKey[]>;
  readonly guard: GuardTransaction;
  readonly past: PastTransaction;
  readonly reverts: RevertTransaction;
}

/** What only taking over from golden's own topics does (ADR 9). */
export interface PastTransaction {
  /** Adds superseded versions that are not there yet. */
  addVersions(entity: Entity, versions: readonly GoldenRecord[]): Promise<void>;
  /** Removes events of these keys that wait to be published on `topic`. The keys must be locked. */
  dropPending(topic: string, keys: readonly BusinessKey[]): Promise<void>;
  /** The numbers of new holds are above `number`; a lower one changes nothing. */
  raiseHoldNumber(number: number): Promise<void>;
}

/** The guard's part of a transaction. */
export interface GuardTransaction {
  /** What is set aside of these ids. Locks their holds against a decision. */
  findHeld(entity: Entity, system: SystemId, externalIds: readonly ExternalId[]): Promise<HeldContribution[]>;
  /** Known batches of these ids, unlocked. */
  findBatches(ids: readonly string[]): Promise<GuardBatch[]>;
  countLive(entity: Entity): Promise<number>;
  /** Adds to `seen` (a new batch is inserted as given) and locks the batch. */
  noteSeen(batch: GuardBatch, at: Instant): Promise<GuardBatch>;
  /** The batch's hold that still collects or is open; a new, collecting one if there is none. The batch must be locked. */
  ensureHold(batch: GuardBatch, at: Instant): Promise<HoldRow>;
  /** The batch's hold that still collects or is open, locked. The batch must be locked. */
  findUndecidedHold(batchId: string): Promise<HoldRow | null>;
  /** Whether the batch has a hold that still collects or is open; unlocked. */
  hasUndecidedHold(batchId: string): Promise<boolean>;
  /**
   * Serialises all that counts on the window of (system, entity) until the transaction ends, then reads what was observed
   * between the two times, both excluded. The undecided holds are all there are, unlocked.
   */
  lockWindow(source: WindowSource, from: Instant, to: Instant): Promise<WindowState>;
  /** Locks and returns a hold. */
  lockHold(id: string): Promise<HoldRow | null>;
  /** Locks a batch that still collects and was last seen before `before`. */
  lockStaleBatch(before: Instant): Promise<GuardBatch | null>;
  /** Inserts or replaces by (system, entity, external id). */
  saveHeld(held: readonly HeldContribution[]): Promise<void>;
  removeHeld(entity: Entity, system: SystemId, externalIds: readonly ExternalId[]): Promise<void>;
  /** How many held contributions of the hold count against each rule. */
  countRules(holdId: string): Promise<ReadonlyMap<GuardRule, number>>;
  saveHold(hold: HoldRow): Promise<void>;
  /** Records an act on a hold for good; the same id twice is one act. */
  recordDecision(entry: AuditEntry): Promise<void>;
  /** Adds `released` of each to what passed of its batch; a new batch is inserted as given. The window must be locked. */
  addReleased(batches: readonly GuardBatch[], at: Instant): Promise<void>;
  /** Held contributions of one hold that was released, approved or rejected; unlocked, empty when all are settled. */
  findSettled(limit: number): Promise<HeldContribution[]>;
}

/** A version in force at an instant. */
export interface PastVersion {
  readonly version: bigint;
  readonly status: RecordStatus;
  readonly changedAt: Instant;
  readonly fields: CanonicalFields;
}

/** Counts of one entity. */
export interface EntityCounts {
  readonly entity: Entity;
  readonly live: number;
  readonly deleted: number;
  readonly foreign: number;
}

/** Golden's own database. */
export interface GoldenStore extends RevertReads {
  /** All or nothing; a conflict or lost connection throws and nothing happened. @throws HubError HUB_DATABASE_* */
  transaction<T>(work: (tx: GoldenTransaction) => Promise<T>): Promise<T>;
  findRecord(entity: Entity, key: BusinessKey): Promise<KeyRecord | null>;
  /** Ids of the open holds that cover the key. */
  findHoldsOf(entity: Entity, key: BusinessKey): Promise<string[]>;
  findAsOf(entity: Entity, key: BusinessKey, at: Instant): Promise<PastVersion | null>;
  /** Published versions, the newest first. */
  findVersions(entity: Entity, key: BusinessKey, limit: number): Promise<PastVersion[]>;
  /** Keys that begin with the text, in byte order; foreign records and deleted ones too. */
  findKeys(entity: Entity, prefix: string, limit: number): Promise<BusinessKey[]>;
  /** Holds that people see: open and decided ones, newest first, at most 200. */
  findHolds(state: HoldState | null): Promise<HoldRow[]>;
  countEntities(): Promise<EntityCounts[]>;
  /** Forgets batches last seen before `before` that no undecided hold needs. */
  forgetBatches(before: Instant): Promise<void>;
  /** The highest policy version known; 0 before the first. */
  findPolicyVersion(entity: Entity): Promise<number>;
  /**
   * The version of this policy text: at least `atLeast`, and higher than every other text's before. Idempotent.
   */
  adoptPolicy(entity: Entity, policyText: string, atLeast: number): Promise<number>;
}
