import { HubError } from '#kernel';
import type { OffsetRange } from './kafka-topics.js';

/** A partition and the offsets that it holds. */
export interface PartitionRange extends OffsetRange {
  readonly topic: string;
  readonly partition: number;
  /** A replay lane: what nobody read in its time is gone on purpose, and must not stop a consumer. */
  readonly isLane?: boolean;
}

/**
 * Where to begin: at the database's position, or at the first message where it has none.
 * @throws HubError HUB_DATABASE_OLD when the position lies outside of the log: database and topic are not of one age
 */
export function startOffset(position: bigint | null, range: PartitionRange): bigint {
  const { topic, partition, low, high, isLane = false } = range;
  if (position === null || (isLane && position < low)) return low;
  if (position >= low && position <= high) return position;
  const what = position > high ? 'beyond the end' : 'before the first message';
  throw new HubError('HUB_DATABASE_OLD', `The applied offset ${position} lies ${what} of ${topic}/${partition}.`, {
    topic,
    partition,
    position,
    low,
    high,
  });
}
