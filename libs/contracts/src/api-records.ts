import type { Instant } from '#kernel';

/** A record of a topic, as the index knows it. */
export interface IndexedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** The Kafka key. */
  readonly key: string;
  /** Of a change event whose Kafka key is another one; else null. */
  readonly businessKey: string | null;
  readonly eventId: string | null;
  readonly type: string | null;
  /** When the broker appended it. */
  readonly at: Instant;
  readonly traceId: string | null;
  readonly isTombstone: boolean;
  /** False where it is known to be no longer in the topic; null where it was not looked at: compaction may have removed it. */
  readonly isInTopic: boolean | null;
}

/** Up to where a partition is indexed, and where it ended. */
export interface IndexedOffset {
  readonly topic: string;
  readonly partition: number;
  /** Every record below it is indexed. */
  readonly indexedTo: string;
  /** At {@link RecordsAnswer.endsAt}. */
  readonly end: string;
}

/** `GET /records` of the indexer. */
export interface RecordsAnswer {
  /** Newest first. */
  readonly records: readonly IndexedRecord[];
  /** What to give as `after` for the next ones; null when these are the last. */
  readonly next: string | null;
  /** Records that the topics had at `endsAt` and that are not indexed yet: with 0, the answer has all that there was then. */
  readonly lag: number;
  readonly endsAt: Instant;
  readonly offsets: readonly IndexedOffset[];
}
