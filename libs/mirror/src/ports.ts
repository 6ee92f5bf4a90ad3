import type { Entity, SetAside, SystemMode } from '#contracts';
import type { BusinessKey, ExternalId, Instant } from '#kernel';
import type { AppliedOffsets, OutboxAppender } from '#outbox';
import type { MirrorRow } from './mirror-row.js';

/** A snapshot of the mirror, drawn before a read: rows moved since it was drawn are recognised exactly. */
export type ReadTicket = string & { readonly __brand: 'ReadTicket' };

/** Names a lease on rows; one per task of a process. */
export type LeaseOwner = string & { readonly __brand: 'LeaseOwner' };

/** A stored row, locked for the rest of the transaction. */
export interface LockedRow {
  /** Identity of the stored row. */
  readonly id: bigint;
  readonly row: MirrorRow;
  /** Whether its observation or intent moved since the ticket was drawn; false without a ticket. */
  readonly moved: boolean;
  /** Whether another owner's lease is valid. */
  readonly leased: boolean;
}

/** A lease on a row: nobody else reads or writes it meanwhile. */
export interface Lease {
  readonly owner: LeaseOwner;
  readonly forMs: number;
}

/** What becomes of the row's lease when it is stored; `release-read` also says that a queued second read is done. */
export type LeaseChange = 'keep' | 'release' | 'release-read' | Lease;

/** A row to store. */
export interface RowChange {
  /** Null inserts. */
  readonly id: bigint | null;
  /** The row as it was locked: parts that are the same objects need not be written; null writes every part. */
  readonly before: MirrorRow | null;
  readonly row: MirrorRow;
  /**
   * Names of the fields in which the system differs from its desired state; null when nothing is desired; `keep` when
   * neither observation nor golden record changed.
   */
  readonly differs: readonly string[] | null | 'keep';
  /** True when the observation or the intent changed: readers with an older ticket must read again. */
  readonly moves: boolean;
  readonly lease: LeaseChange;
  /** Whether the row waits behind live ones; undefined keeps what it was. */
  readonly bulk?: boolean;
}

/** Which rows to lock: all that match any of the lists. */
export interface RowSelector {
  readonly externalIds?: readonly ExternalId[];
  readonly keys?: readonly BusinessKey[];
  readonly ids?: readonly bigint[];
}

/** A record listed with its reason. */
export type SetAsideEntry = Omit<SetAside, 'at'>;

/** Which due rows: how many at most, at what time, and whether those that wait in bulk are among them. */
export interface DueSelector {
  readonly limit: number;
  readonly nowMs: number;
  readonly withBulk: boolean;
}

/** Everything a connector host changes in one transaction: rows, cursor, outbox, applied offsets. */
export interface MirrorTransaction {
  readonly outbox: OutboxAppender;
  readonly offsets: AppliedOffsets;
  /** The mode in force, locked against change until the transaction ends. */
  lockMode(): Promise<SystemMode>;
  /**
   * Locks the matching rows in a fixed order. Where fewer rows than names exist, everybody else who may insert rows of
   * the entity waits until this transaction ends, so that no key gets two rows.
   */
  lockRows(entity: Entity, selector: RowSelector, ticket: ReadTicket | null, owner: LeaseOwner): Promise<LockedRow[]>;
  /**
   * Takes the locks of all rows that {@link lockRows} will name in this transaction, in the same fixed order: two who lock
   * several pages each would else wait for each other. Needed only before the first of several pages.
   */
  holdRows(entity: Entity, selector: Omit<RowSelector, 'ids'>): Promise<void>;
  /**
   * Which of the readings say what the mirror says: same version and digest, live, no open intent. They need no lock and no
   * further look; without digests none is known.
   */
  findUnchanged(
    entity: Entity,
    readings: readonly {
      readonly externalId: ExternalId;
      readonly version: string | null;
      readonly digest: string | null;
    }[],
  ): Promise<ReadonlySet<ExternalId>>;
  /** Locks due rows (no intent, not parked, retry time reached, no lease), live ones first; skips locked ones. */
  lockDue(entity: Entity, selector: DueSelector): Promise<LockedRow[]>;
  /** Leases rows that wait to be read again: queued ones, and open intents; none that another owner leases. */
  leaseRereads(entity: Entity, limit: number, lease: Lease, nowMs: number): Promise<LockedRow[]>;
  /** Inserts and updates. */
  save(changes: readonly RowChange[]): Promise<void>;
  /** Queues rows to be read again under their lease. */
  queueRereads(ids: readonly bigint[]): Promise<void>;
  saveCursor(entity: Entity, cursor: string | null): Promise<void>;
  /** Lists records; the same (entity, external id, kind) replaces the earlier entry. */
  setAside(entries: readonly SetAsideEntry[]): Promise<void>;
  /** Takes records off the list, once they could be read or written. */
  clearSetAside(entity: Entity, externalIds: readonly string[], kind: SetAside['kind']): Promise<void>;
}

/** A connector's own database. */
export interface MirrorStore {
  /** Runs `work` in one transaction. */
  transaction<T>(work: (tx: MirrorTransaction) => Promise<T>): Promise<T>;
  drawTicket(): Promise<ReadTicket>;
  findCursor(entity: Entity): Promise<string | null>;
  /** When the entity was first scanned completely; null before. */
  findFirstScan(entity: Entity): Promise<Instant | null>;
  saveScanCompleted(entity: Entity): Promise<void>;
}
