import type { GoldenEvent } from '#contracts';
import { type CanonicalFields, type CanonicalValue, type Instant, type RecordStatus } from '#kernel';
import type { Contribution, Intent, MirrorRow, observe, planWrite, Reading, settle, WriteAnswer } from '#mirror';

/** Who put a value where it is. `edit` numbers the edits of all users in the order in which they happened. */
export interface Tag {
  readonly by: 'seed' | 'user' | 'hub';
  readonly edit: number;
}

/** Tags by field name; `existence` tells who created or deleted the record. */
export type Tags = Readonly<Record<string, Tag>>;

/** The connected system (a shop) with its one record. Tags are the model's knowledge, not the protocol's. */
export interface SystemState {
  readonly live: boolean;
  /** Rises with every write of the record, deletes too. */
  readonly version: number;
  readonly changedAt: number;
  readonly fields: CanonicalFields;
  readonly tags: Tags;
  /** A field that reads leave out for now. */
  readonly hidden: string | null;
  /** A second record of the same key was created. */
  readonly doubled: boolean;
}

/** What a process read, and who put it there. */
export interface TaggedReading {
  readonly reading: Reading;
  readonly tags: Tags;
}

/** A write of the hub. */
export interface Request {
  readonly intent: Intent;
  /** What golden had merged of the system's contributions when the write was planned. */
  readonly merged: bigint;
}

/** The mirror database: what is in it survives every crash. */
export interface MirrorState {
  readonly row: MirrorRow;
  readonly lease: 'writer' | 'reader' | null;
  readonly reread: 'no' | 'queued' | 'taken';
  readonly cursor: number;
}

/** The poller between its steps: ticket, read, commit. */
export interface PollerState {
  readonly moved: boolean;
  readonly upTo: number;
  readonly tagged: TaggedReading | null;
}

/** The re-reader between its steps: lease, read, commit. */
export interface ReaderState {
  /** Somebody else moved the row since it was leased. */
  readonly moved: boolean;
  /** Where it reads in its transaction: its number was drawn before the poller's ticket. */
  readonly drewEarly: boolean;
  readonly tagged: TaggedReading | null;
}

/** The writer between its steps: intent committed; answered (the write may have landed); settled. */
export interface WriterState {
  readonly phase: 'ready' | 'answered';
  readonly request: Request;
  /** Somebody else moved the row since the intent was committed. */
  readonly moved: boolean;
  readonly answer: WriteAnswer | null;
  readonly tags: Tags;
}

/** The golden service; `erp` is the other system. */
export interface GoldenStateOfModel {
  readonly version: bigint;
  readonly sequence: bigint;
  readonly status: RecordStatus;
  readonly fields: CanonicalFields;
  readonly erp: {
    readonly status: RecordStatus;
    readonly fields: Readonly<Record<string, { readonly value: CanonicalValue; readonly at: Instant }>>;
  };
  readonly shop: Contribution | null;
}

/** What the model remembers of the edits, to judge. */
export interface GhostState {
  /** By field: the last edit that was published. */
  readonly published: Readonly<Record<string, number>>;
  /** By edit and field: the contribution that carries it. */
  readonly contributed: Readonly<Record<string, bigint>>;
  /** Edits that nobody can tell from what the mirror held already, or from the hub's own write. */
  readonly excused: readonly string[];
  /** By field of which the last writer wins: what a user of the shop last put there. */
  readonly typed: Readonly<Record<string, { readonly edit: number; readonly value: CanonicalValue }>>;
}

/** One state of the whole model. */
export interface State {
  readonly system: SystemState;
  /** A write under way of which nobody waits for the answer any more. */
  readonly network: Request | null;
  readonly mirror: MirrorState;
  readonly poller: PollerState | null;
  readonly reader: ReaderState | null;
  readonly writer: WriterState | null;
  readonly golden: GoldenStateOfModel;
  /** The latest golden event that the mirror has not received yet: the topic is compacted. */
  readonly topic: GoldenEvent | null;
  readonly ghost: GhostState;
  readonly clock: number;
  /** Edits so far, here and (where the last writer wins) in the ERP: the time of the world. */
  readonly edits: number;
  readonly userEditsLeft: number;
  readonly erpEditsDone: number;
  readonly faultsLeft: number;
  readonly violation: string | null;
}

/** What a user of the shop may do. */
export type UserEdit =
  | { readonly do: 'set'; readonly field: string; readonly to: CanonicalValue }
  | { readonly do: 'touch' | 'delete' }
  | { readonly do: 'hide' | 'show'; readonly field: string }
  | { readonly do: 'create'; readonly fields: CanonicalFields };

/** What happens in the ERP, in this order, at any time. */
export type ErpEdit =
  { readonly do: 'set'; readonly field: string; readonly to: CanonicalValue } | { readonly do: 'delete' | 'create' };

/** One world to explore. */
export interface Scenario {
  readonly name: string;
  /** Who wins a field: its owner, or the last writer. */
  readonly policy: Readonly<Record<string, 'erp' | 'shop' | 'last'>>;
  /** What the shop holds at first; null when it has no such record. */
  readonly shop: CanonicalFields | null;
  readonly erp: CanonicalFields;
  /** Whether the record is already mirrored and merged at the start. */
  readonly isKnown: boolean;
  /** Any of these, at any time, at most `userEdits` in all. */
  readonly userMay: readonly UserEdit[];
  readonly userEdits: number;
  readonly erpDoes: readonly ErpEdit[];
  /** Crashes, lost or late answers, and leases that end under a living process, in all. */
  readonly faults: number;
  readonly versionOrder: 'numeric' | 'none';
  /** The form in which the system keeps a value. */
  readonly stores?: (value: CanonicalValue) => CanonicalValue;
  /** False where the system takes a second record of the same key. */
  readonly hasUniqueKey?: boolean;
  /** The re-reader draws its transaction number before it reads, not after; and others step between ticket, lease and read. */
  readonly rereadsInTransaction?: boolean;
}

/** The rules of the protocol. A mutant replaces one of them. */
export interface Rules {
  readonly observe: typeof observe;
  readonly settle: typeof settle;
  readonly planWrite: typeof planWrite;
  /** A page's reading of a row that moved since the ticket is thrown away and read again. */
  readonly heedsTicket: boolean;
  /** A ticket is a snapshot; else a number, compared with the number that the mover drew. */
  readonly ticketIsSnapshot: boolean;
  /** A page's reading of a row that somebody leases is thrown away, also within one process. */
  readonly heedsLease: boolean;
  /** The re-reader takes the lease that writers take. */
  readonly leasesRereads: boolean;
  /** A second read counts only where nobody else moved the row since it was leased. */
  readonly rereadsOnlyUnmoved: boolean;
  /** A second read that was asked for during a second read is not forgotten at its end. */
  readonly keepsNewRereads: boolean;
  /** Nor is one that was asked for during a write. */
  readonly writerKeepsRereads: boolean;
  readonly commitsIntentFirst: boolean;
  /** How long an intent of unknown outcome stays open at least. */
  readonly landingMs: number;
  /** A request leaves only within the landing time of its intent. */
  readonly heedsDeadline: boolean;
  readonly writesConditionally: boolean;
  /** An answer counts only where nobody else moved the row since the intent was committed. */
  readonly settlesOnlyUnmoved: boolean;
  readonly looksUpByKey: boolean;
}

/** What a process works with. */
export interface World {
  readonly scenario: Scenario;
  readonly rules: Rules;
}
