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

/** A row to store. */
export interface RowChange {
  /** Null inserts. */
  readonly id: bigint | null;
  readonly row: MirrorRow;
  /** Names of the fields in which the system differs from its desired state; null when nothing is desired. */
  readonly differs: readonly string[] | null;
  /** True when the observation or the intent changed: readers with an older ticket must read again. */
  readonly moves: boolean;
}

/** Which rows to lock. */
export type RowSelector =
  | { readonly by: 'externalId'; readonly ids: readonly ExternalId[] }
  | { readonly by: 'key'; readonly keys: readonly BusinessKey[] }
  | { readonly by: 'id'; readonly ids: readonly bigint[] };

/** Everything a connector host changes in one transaction: rows, cursor, outbox, applied offsets. */
export interface MirrorTransaction {
  readonly outbox: OutboxAppender;
  readonly offsets: AppliedOffsets;
  /** The mode in force, locked against change until the transaction ends. */
  lockMode(): Promise<SystemMode>;
  /** Locks the rows in a fixed order. Rows that do not exist are missing from the answer. */
  lockRows(entity: Entity, selector: RowSelector, ticket: ReadTicket | null, owner: LeaseOwner): Promise<LockedRow[]>;
  /**
   * Leases up to `limit` due rows of the entity (no intent, not parked, retry time reached, lease free), live ones first,
   * and returns them locked. Rows locked by others are skipped.
   */
  leaseDue(entity: Entity, limit: number, owner: LeaseOwner, leaseMs: number): Promise<LockedRow[]>;
  /** Leases rows that wait to be read again: queued ones, and open intents whose lease has ended. */
  leaseRereads(entity: Entity, limit: number, owner: LeaseOwner, leaseMs: number): Promise<LockedRow[]>;
  /** Ends this owner's lease on the rows. */
  releaseLease(ids: readonly bigint[], owner: LeaseOwner): Promise<void>;
  /** Inserts and updates. @throws HubError HUB_VERSION_CONFLICT when an inserted (entity, external id) exists already. */
  save(changes: readonly RowChange[]): Promise<void>;
  /** Queues rows to be read again under their lease. */
  queueRereads(ids: readonly bigint[]): Promise<void>;
  saveCursor(entity: Entity, cursor: string | null): Promise<void>;
  /** Lists a record with its reason; the same (entity, external id, kind) replaces the earlier entry. */
  setAside(items: readonly Omit<SetAside, 'at'>[]): Promise<void>;
  /** Takes records off the list, once they could be read or written. */
  clearSetAside(entity: Entity, externalIds: readonly string[], kind: SetAside['kind']): Promise<void>;
}

/** Range digest of the mirror: rows as the system's own digests say they are. */
export interface MirrorRange {
  readonly from: ExternalId | null;
  readonly to: ExternalId | null;
  readonly count: number;
  readonly xor: string;
  readonly sum: string;
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
