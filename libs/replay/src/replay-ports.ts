import type { Instant } from '#kernel';
import type { OffsetRange } from './ports.js';
import type { ReplaySelection } from './replay-selection.js';

/** A message as it lies in its topic. */
export interface ReplayMessage {
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  /** Null is a tombstone. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** All messages of one partition from `fromOffset` up to, without, `nextOffset`, in their order; compaction leaves gaps. */
export interface ReplayPage {
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly nextOffset: bigint;
  readonly messages: readonly ReplayMessage[];
}

/** What is read of one partition: from the first offset up to, without, the second. */
export interface PartitionWindow {
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly untilOffset: bigint;
}

/** The topic that is replayed. */
export interface ReplaySource {
  /** @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
  offsets(): Promise<ReadonlyMap<number, OffsetRange>>;
  /** Per partition the offset of the first message of this time or later; the end offset where there is none. */
  offsetsAt(timeMs: number): Promise<ReadonlyMap<number, bigint>>;
  /** True where the broker stamps messages, so that within a partition time never goes back. */
  isTimeOrdered(): Promise<boolean>;
  /**
   * Hands over the pages of the windows, each partition in order and without a gap; the next waits for the one before.
   * Resolves when all windows were read, or after `signal` was aborted and the page in flight ended.
   * @throws HubError what `onPage` threw, HUB_BROKER_*, HUB_DATABASE_OLD when the topic no longer holds an offset
   */
  read(
    windows: readonly PartitionWindow[],
    onPage: (page: ReplayPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
}

/** A message on its way to the target. */
export interface ReplayRecord {
  /** The target's partition; null: by the key. */
  readonly partition: number | null;
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The topic that gets the messages. */
export interface ReplayTarget {
  /** Resolves when the broker has them all for good, in their order. @throws HubError HUB_BROKER_* */
  send(records: readonly ReplayRecord[]): Promise<void>;
}

/** `running` whoever runs it may have died; of the others only `paused` and `failed` can go on. */
export type ReplayState = 'running' | 'paused' | 'failed' | 'aborted' | 'done';

/** Where a replay writes. */
export interface ReplayDestination {
  /** `lane`: read by one consumer group only; `topic`: one of its own. */
  readonly kind: 'lane' | 'topic';
  readonly topic: string;
  /** The group that reads a lane; null for a topic. */
  readonly group: string | null;
  /** True: each message goes to the partition that it came from; else its key says. */
  readonly keepsPartitions: boolean;
}

/** How fast a replay may go. */
export interface ReplayPaceLimit {
  /** Messages a second; null: no limit. */
  readonly perSecond: number | null;
  /** Over how long the rate grows from a twentieth to all of it, milliseconds. Every start begins anew. */
  readonly rampMs: number;
}

/** A replay as it was ordered. */
export interface ReplayOrder {
  readonly id: string;
  readonly source: string;
  readonly destination: ReplayDestination;
  readonly selection: ReplaySelection;
  readonly pace: ReplayPaceLimit;
  readonly windows: readonly PartitionWindow[];
  /** Who ordered it. */
  readonly actor: string;
}

/** How far a partition is. */
export interface ReplayPosition extends PartitionWindow {
  readonly nextOffset: bigint;
  /** Messages that the target has; what was sent again after a crash counts once. */
  readonly sent: number;
  /** Messages that could not be read to be judged, and were passed over. */
  readonly unreadable: number;
}

/** A replay as it stands. */
export interface ReplayJob extends ReplayOrder {
  readonly state: ReplayState;
  /** Why it failed. */
  readonly problem: string | null;
  readonly positions: readonly ReplayPosition[];
  readonly createdAt: Instant;
  readonly changedAt: Instant;
}

/**
 * A step of one partition: the target has everything from the first offset up to, without, the second. Stored twice it counts
 * once, and a position never goes back.
 */
export interface ReplayStep {
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly nextOffset: bigint;
  readonly sent: number;
  readonly unreadable: number;
}

/** What came of asking to run a replay. */
export type ReplayClaim =
  | { readonly kind: 'claimed'; readonly job: ReplayJob }
  /** Somebody runs it, or did until a moment ago. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'ended'; readonly state: ReplayState }
  | { readonly kind: 'absent' };

/** Who runs a replay. A `command` ends with its terminal; what a `hub` left that was killed, the hub takes up again. */
export type ReplayRunner = 'command' | 'hub';

/**
 * Replays and how far they are. A runner has a lease; each of its writes names it and prolongs it. Who lost the lease writes
 * nothing any more.
 */
export interface ReplayStore {
  /** @throws HubError HUB_REPLAY_BUSY while another replay into the target is not ended */
  create(order: ReplayOrder): Promise<void>;
  find(id: string): Promise<ReplayJob | null>;
  /** The latest first. */
  list(limit: number): Promise<readonly ReplayJob[]>;
  /** Takes the lease and sets `running`, if nobody else has the lease and the replay is not ended. */
  claim(id: string, owner: string, leaseMs: number, runner: ReplayRunner): Promise<ReplayClaim>;
  /** Ids of running replays of the hub that nobody runs: whoever did was killed, or left them to the next. The oldest first. */
  findAbandoned(): Promise<readonly string[]>;
  /** Stores a step, or with null only prolongs the lease. @throws HubError HUB_LEASE_LOST, HUB_DATABASE_* */
  advance(id: string, owner: string, step: ReplayStep | null): Promise<ReplayState>;
  /**
   * Ends a run: gives the lease back, and sets the state unless someone set another meanwhile; `running` leaves it to the next
   * runner. Nothing after a lost lease.
   */
  end(id: string, owner: string, how: { readonly state: ReplayState; readonly problem: string | null }): Promise<void>;
  /** What an operator wants; the runner sees it with its next step. False when the replay is not in a state for it. */
  order(id: string, wanted: 'paused' | 'aborted'): Promise<boolean>;
}
