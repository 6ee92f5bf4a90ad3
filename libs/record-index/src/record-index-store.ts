import type { IndexedRecord } from './indexed-record.js';
import type { RecordHit, RecordQuery } from './record-query.js';

/** Records of one partition, in offset order. */
export interface IndexPage {
  readonly topic: string;
  readonly partition: number;
  readonly records: readonly IndexedRecord[];
  /** Where reading goes on; also past offsets of which nothing came. */
  readonly nextOffset: bigint;
}

/** How far a partition is indexed. */
export interface IndexPosition {
  readonly topic: string;
  readonly partition: number;
  /** Every record below it is indexed, but for those that the broker removed before they were read. */
  readonly nextOffset: bigint;
}

/** First and end offset of a partition, as the broker tells them. */
export interface PartitionBounds {
  readonly low: bigint;
  readonly high: bigint;
}

/** How a partition is taken up; see {@link chooseStart}. */
export type StartChoice = 'go-on' | 'skip' | 'begin-anew';

/** What a step of cleaning up did. */
export interface CleanedUp {
  readonly removed: number;
  /** Whether all that was to be removed is. */
  readonly isDone: boolean;
}

/** Keeps the index. Pages of a partition come from one consumer at a time; a repeated page changes nothing. */
export interface RecordIndexStore {
  /** Adds a page, and moves the partition's position, in one transaction: all of it or nothing, each record once. */
  addPage(page: IndexPage): Promise<void>;
  /** In the order of `compareNewestFirst`, at most `limit`. */
  search(query: RecordQuery): Promise<RecordHit[]>;
  /** Of every partition that was ever taken up and not forgotten, by topic and partition. */
  findPositions(): Promise<IndexPosition[]>;
  /** Makes the position of a partition one that can be read from; see {@link chooseStart}. */
  takeUp(topic: string, partition: number, bounds: PartitionBounds): Promise<StartChoice>;
  /** Notes from which offset on the broker still has a partition; what lies below is to be removed. A lower one changes nothing. */
  raiseLow(topic: string, partition: number, low: bigint): Promise<void>;
  /** Notes that a topic is gone: what was indexed of it is found no more, and is to be removed. */
  forgetTopic(topic: string): Promise<void>;
  /** Removes a bounded part of what is to be removed. */
  cleanUp(): Promise<CleanedUp>;
}

/**
 * A position below the first offset was overtaken by retention: what is missing is gone. One beyond the end is of a topic
 * that was made anew, or that lost its end: then nothing that is indexed of it holds.
 */
export function chooseStart(position: bigint, { low, high }: PartitionBounds): StartChoice {
  if (position > high) return 'begin-anew';
  return position < low ? 'skip' : 'go-on';
}
