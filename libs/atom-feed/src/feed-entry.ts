import type { BusinessKey, CanonicalFields, Instant } from '#kernel';
import type { FeedPath, NamedFeed } from './feed-path.js';

/** Entries of an archive document. It never changes: archives are known by their numbers. */
export const ARCHIVE_SIZE = 1_000;

/** One event of a feed. */
export interface FeedEntry {
  /** From 1, in the order in which the feed took them. */
  readonly number: bigint;
  readonly key: BusinessKey;
  readonly version: bigint;
  readonly sequence: bigint;
  /** `erased`: the record was erased for good, also from entries before this one. */
  readonly status: 'live' | 'deleted' | 'erased';
  readonly changedAt: Instant;
  /** Every canonical field of a live record, or those of the feed's shape; empty for others. */
  readonly fields: CanonicalFields;
}

/** Up to where a partition of the topic is in the feed: a reader of Kafka goes on there without a gap. */
export interface FeedPosition {
  readonly partition: number;
  readonly nextOffset: bigint;
}

/** How far a feed is, of one instant. */
export interface FeedHead {
  readonly topic: string;
  /** Number of the last entry; 0 for none. */
  readonly last: bigint;
  readonly positions: readonly FeedPosition[];
}

/** What feeds are read from. */
export interface FeedReader {
  /** Null before the feed was begun. */
  findHead(feed: FeedPath): Promise<FeedHead | null>;
  /** Entries of the numbers from `first` to `last`, in their order. */
  findEntries(feed: FeedPath, first: bigint, last: bigint): Promise<readonly FeedEntry[]>;
  /** Feeds with a name that were begun, by entity and name. */
  listNamed(): Promise<readonly NamedFeed[]>;
}

/** Full archives of a feed: the last of them has this number, 0 for none. */
export function archivesOf({ last }: Pick<FeedHead, 'last'>): bigint {
  return last / BigInt(ARCHIVE_SIZE);
}
