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
}

/**
 * Writes events in the caller's transaction. **The caller must hold a lock that serialises the writers of a key before
 * it appends**: the sequence is drawn here, and order per key rests on it.
 */
export interface OutboxAppender {
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
  readonly rows: number;
  readonly oldestAgeMs: number;
  /** What PostgreSQL keeps of its WAL for a streaming reader; absent where nothing is kept. */
  readonly retainedWalBytes?: number;
}

/** The pending rows of one service. */
export interface OutboxStore {
  readonly shards: number;
  /** Takes or renews the shard for `ttlMs`; null while another owner's lease is valid. */
  acquire(shard: number, owner: string, ttlMs: number): Promise<ShardLease | null>;
  /** Gives the shard up, so that a standby need not wait for the lease to end. */
  release(lease: ShardLease): Promise<void>;
  /**
   * The oldest pending rows of the shard, by sequence, but those of `except`, which the caller has read before and not
   * yet removed, in any order. All of one snapshot, and a row that became visible late is found below them: reading on from
   * the last of them would let a later row of its key pass it. The rows' bytes are the caller's until the end of the
   * `markSent` that names their first row, and may be written over after it.
   */
  findPending(lease: ShardLease, limit: number, except: readonly bigint[]): Promise<OutboxRow[]>;
  /**
   * Removes rows that the broker acknowledged, if the lease still holds.
   * @throws HubError HUB_LEASE_LOST when another owner took the shard (nothing is removed).
   */
  markSent(lease: ShardLease, sequences: readonly bigint[]): Promise<void>;
  /** Number of pending rows and age of the oldest, for metrics and back-pressure. */
  findBacklog(): Promise<Backlog>;
}

/**
 * Sends rows in their order. Resolves when all are acknowledged by all in-sync replicas; from then on the rows' bytes may
 * be written over, and a publisher that keeps them copies them.
 */
export interface EventPublisher {
  /** @throws HubError HUB_BROKER_UNREACHABLE; the rows may or may not have been written and are sent again. */
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
