import type { ErrorCode } from '#kernel';
import type { EncodedHeaders } from './message-headers.js';

/** An event to be published: its value is already encoded, so a bad schema fails the writer and not the relay. */
export interface OutboxMessage {
  /** Every one of them gets the message; one at least. */
  readonly topics: readonly string[];
  /** UTF-8 Kafka key; fixes partition and order. */
  readonly key: string;
  /** Avro in the registry's wire format. */
  readonly value: Buffer;
  readonly headers: EncodedHeaders;
}

/** A message that waits for its relay. `sequence` rises in commit order per key. */
export interface OutboxRow extends OutboxMessage {
  readonly sequence: bigint;
  /** When it was appended, by the store's clock, milliseconds since the epoch; for figures only. */
  readonly appendedAtMs?: number;
}

/**
 * Writes events in the caller's transaction. **The caller must hold a lock that serialises the writers of a key before
 * it appends**: the sequence is drawn here, and order per key rests on it.
 */
export interface OutboxAppender {
  /** @throws HubError HUB_PAYLOAD_TOO_LARGE, HUB_OUTBOX_FULL */
  append(messages: readonly OutboxMessage[]): Promise<void>;
}

/** One relay's claim on a shard; `epoch` rises with every change of owner. */
export interface ShardLease {
  readonly shard: number;
  readonly owner: string;
  readonly epoch: bigint;
}

/** What waits in an outbox. */
export interface Backlog {
  /** Exact up to some thousands; beyond that no fewer than wait, and more where transactions rolled back. */
  readonly rows: number;
  readonly oldestAgeMs: number;
  /** What PostgreSQL keeps of its WAL for a streaming reader; absent where nothing is kept. */
  readonly retainedWalBytes?: number;
  /** Keys that are parked, and the rows that wait behind them; not among `rows`. */
  readonly parkedKeys: number;
  readonly parkedRows: number;
}

/** A row that is to be parked. */
export interface ParkedRow {
  readonly sequence: bigint;
  readonly key: string;
  /** Why no broker takes it; null for a row that is held behind an earlier one of its key. */
  readonly cause: ParkCause | null;
}

/** Why a row can't be published. */
export interface ParkCause {
  readonly code: ErrorCode;
  readonly reason: string;
}

/** A key whose rows are kept and not published, since its first one can't be. */
export interface ParkedKey extends ParkCause {
  readonly key: string;
  readonly rows: number;
  readonly parkedAt: Date;
  /** Its leader sends the rows within seconds. */
  readonly isReleased: boolean;
}

/** Parked keys as an operator sees them. */
export interface ParkedKeys {
  /** Those parked first, at most `limit`. */
  findParked(limit: number): Promise<ParkedKey[]>;
  /**
   * Asks that the rows of these keys be sent, in their order, before what is newer of the key; where the reason is still
   * there, they are parked again. @returns how many of the keys are parked
   */
  requestRelease(keys: readonly string[] | 'all'): Promise<number>;
}

/** The pending rows of one service. */
export interface OutboxStore {
  readonly shards: number;
  /** Takes or renews the shard for `ttlMs`; null while another owner's lease is valid. */
  acquire(shard: number, owner: string, ttlMs: number): Promise<ShardLease | null>;
  /** Gives the shard up, so that a standby need not wait for the lease to end. */
  release(lease: ShardLease): Promise<void>;
  /**
   * The oldest pending rows of the shard, by sequence, up to {@link PAGE_BYTES} unless one alone is larger, but those of `except`, which the caller has read before and not
   * yet removed, in any order. All of one snapshot, and a row that became visible late is found below them: reading on from
   * the last of them would let a later row of its key pass it. The rows' bytes are the caller's until the end of the
   * `markSent` that names their first row, and may be written over after it.
   */
  findPending(lease: ShardLease, limit: number, except: readonly bigint[]): Promise<OutboxRow[]>;
  /**
   * Removes a page's rows, which the broker acknowledged, if the lease still holds; those of `parked` are among them, were
   * not sent, and are kept apart: {@link findPending} finds them no more.
   * @throws HubError HUB_LEASE_LOST when another owner took the shard (nothing is removed).
   */
  markSent(lease: ShardLease, sequences: readonly bigint[], parked?: readonly ParkedRow[]): Promise<void>;
  /** The shard's parked keys. */
  findParkedKeys(lease: ShardLease): Promise<string[]>;
  /**
   * Makes the rows of the keys whose release was asked for pending again. Call it while no row is in flight: one of these
   * keys would pass them. @returns the keys @throws HubError HUB_LEASE_LOST
   */
  releaseParked(lease: ShardLease): Promise<string[]>;
  /**
   * Refuses appending from now on, whoever appends, if so many rows wait, parked ones among them, and allows it if not.
   * @returns whether the outbox is full
   */
  limitRows(maxRows: number): Promise<boolean>;
  /** Number of pending rows and age of the oldest, for metrics and back-pressure. */
  findBacklog(): Promise<Backlog>;
}

/**
 * Sends rows in their order. Resolves when all are acknowledged by all in-sync replicas; from then on the rows' bytes may
 * be written over, and a publisher that keeps them copies them.
 */
export interface EventPublisher {
  /**
   * @throws HubError HUB_BROKER_UNREACHABLE; the rows may or may not have been written and are sent again.
   * HUB_PAYLOAD_TOO_LARGE, HUB_TOPIC_MISSING, or HUB_BROKER_REJECTED with the broker's `type` in its details: the broker
   * will not take one of the rows, however often it gets it.
   */
  publish(rows: readonly OutboxRow[]): Promise<void>;
}

/** Position of a consumer in one partition; kept in the database of the effect (architecture §4.4). */
export interface AppliedOffset {
  readonly topic: string;
  readonly partition: number;
  /** Offset of the next message to apply. */
  readonly nextOffset: bigint;
}

/** Applied offsets within the transaction of an effect. */
export interface AppliedOffsets {
  /** Locks and returns the next offset to apply; 0n before the first message. A zombie waits here and then sees it moved. */
  lock(topic: string, partition: number): Promise<bigint>;
  /** Moves the position forward. */
  advance(offset: AppliedOffset): Promise<void>;
}
