import type { BusinessKey } from '#kernel';
import type { SeedRow } from './seed-row.js';

/** First and end offset of a partition: the end is the offset of the next message to be written. */
export interface OffsetRange {
  readonly low: bigint;
  readonly high: bigint;
}

/** One message of a golden topic. A null row is a tombstone: the record was erased. */
export interface SeedMessage {
  readonly offset: bigint;
  readonly key: BusinessKey;
  readonly row: SeedRow | null;
}

/** A message that is no golden event of this entity; it is passed over and reported. */
export interface UnreadableMessage {
  readonly partition: number;
  readonly offset: bigint;
  readonly reason: string;
}

/**
 * All messages of one partition from `fromOffset` up to, without, `nextOffset`; offsets that compaction removed are
 * covered too. Messages are in the order of their offsets; some may lie below `fromOffset`.
 */
export interface SeedPage {
  readonly partition: number;
  readonly fromOffset: bigint;
  readonly nextOffset: bigint;
  readonly messages: readonly SeedMessage[];
  readonly unreadable: readonly UnreadableMessage[];
  /** Rows that no message brings; they are taken where the target has not moved from `fromOffset` yet. */
  readonly given?: readonly SeedRow[];
}

/** The golden topic of one entity. */
export interface TopicPages {
  /** Pages of rows that are taken before any message is read; none of a topic alone. */
  given?(): AsyncIterable<SeedPage>;
  /** @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
  offsets(): Promise<ReadonlyMap<number, OffsetRange>>;
  /**
   * Hands over one page after another, each partition without a gap from its offset in `from`; resolves after `signal`
   * was aborted and the page in flight ended. @throws HubError what `onPage` threw, HUB_BROKER_*, HUB_REGISTRY_*
   */
  read(
    from: ReadonlyMap<number, bigint>,
    onPage: (page: SeedPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
}

/** How far one partition is in the target. `live`: an exact state of the topic was reached, live events follow. */
export interface SeedPosition {
  readonly nextOffset: bigint;
  readonly state: 'seeding' | 'live';
}

/** What is in the place of a target. */
export type TargetState =
  | { readonly kind: 'absent' }
  /** Something that no seed made. */
  | { readonly kind: 'foreign'; readonly reason: string }
  | {
      readonly kind: 'seed';
      readonly topic: string;
      /** What of the topic it holds, as {@link shapeText} writes it. */
      readonly shape: string;
      readonly positions: ReadonlyMap<number, SeedPosition>;
      /** Null where only a reader of the whole target knows. */
      readonly liveRows: number | null;
    };

/** What became of a page. */
export interface PageOutcome {
  /** Rows that changed; none where they were as new already. */
  readonly rows: number;
  /** The target's position after it, possibly further than the page where another seeder is at work. */
  readonly position: SeedPosition;
}

/** A store that is being seeded. */
export interface SeedTarget {
  /** Looks only. @throws HubError HUB_DATABASE_*, HUB_SEED_TARGET_INVALID */
  find(): Promise<TargetState>;
  /** Creates what is absent, positions included; changes nothing that is there. */
  prepare(topic: string, from: ReadonlyMap<number, bigint>): Promise<void>;
  /**
   * In one transaction, under the lock of the partition's position: writes the rows that are newer than the target's,
   * moves the position, and marks the partition live where this page brought it to `end` (an end offset of the topic that
   * is fresh enough). What lies below the position is skipped, so that a second seeder or a zombie does no harm. The
   * decision is {@link takePage}'s.
   * @throws HubError HUB_INVARIANT_BROKEN for a page that begins beyond the position, HUB_DATABASE_*
   */
  apply(page: SeedPage, end: bigint): Promise<PageOutcome>;
}

/** One side of a comparison. */
export interface SeedSide {
  /** Records compared, deleted ones included. */
  readonly records: number;
  readonly live: number;
  /** Combined digest of the records compared, 32 hex digits. */
  readonly digest: string;
}

/** Kinds of difference between a topic and a seeded store. */
export type SeedDifference = 'missing' | 'extra' | 'different';

/** Both sides of what lies in one partition of the topic. */
export interface PartitionSides {
  readonly partition: number;
  readonly source: SeedSide;
  readonly target: SeedSide;
}

/** What `checkSeed` found. */
export interface SeedComparison {
  readonly source: SeedSide;
  readonly target: SeedSide;
  /** By partition of the topic, in their order; what only the target has is in none. */
  readonly partitions: readonly PartitionSides[];
  readonly counts: Readonly<Record<SeedDifference, number>>;
  /** The first keys that differ, in byte order. */
  readonly keys: readonly { readonly key: BusinessKey; readonly difference: SeedDifference }[];
  /** Keys that changed in the topic beyond the store's position and can't be judged; in neither side's figures. */
  readonly undecided: number;
}

/** What the topic says of one key. */
export interface SourceRecord {
  readonly key: BusinessKey;
  readonly partition: number;
  readonly sequence: bigint;
  readonly isLive: boolean;
  readonly digest: string;
}

/** One comparison, on one snapshot of the target. */
export interface CheckSession {
  readonly positions: ReadonlyMap<number, bigint>;
  /** Takes what the topic says, page by page: erased keys first, then records, of which the highest sequence counts. */
  addSource(erased: readonly BusinessKey[], records: readonly SourceRecord[]): Promise<void>;
  /** Keys that have messages beyond the snapshot's positions. */
  addMoved(keys: readonly BusinessKey[]): Promise<void>;
  compare(limit: number): Promise<SeedComparison>;
}

/** A seeded store that can be compared; it computes the digests of its rows by itself. */
export interface CheckableTarget {
  withSnapshot<T>(work: (session: CheckSession) => Promise<T>): Promise<T>;
}

/** Where seeds are whose targets can't keep it: topics. */
export interface SeedPlaces {
  /** Null for a target that no seed made. */
  find(target: string): Promise<Extract<TargetState, { readonly kind: 'seed' }> | null>;
  /** Adds what is absent; changes nothing that is there. */
  prepare(
    target: string,
    seed: { readonly topic: string; readonly shape: string; readonly from: ReadonlyMap<number, bigint> },
  ): Promise<void>;
  /**
   * Moves the place of one partition to what `work` answers, which runs under its lock; a second seeder waits.
   * @throws HubError HUB_SEED_TARGET_INVALID where there is none, HUB_DATABASE_*, what `work` throws
   */
  advance(target: string, partition: number, work: (position: SeedPosition) => Promise<SeedPosition>): Promise<void>;
}
