import type { IndexedOffset, IndexedRecord, RecordsAnswer } from '#contracts';
import { instantOfMs, type Instant } from '#kernel';
import { encodeCursor, type RecordHit, type RecordIndexStore, type RecordQuery } from '#record-index';
import type { HubTopics } from './hub-topics.js';

/** How complete an answer is. */
export interface Completeness {
  readonly lag: number;
  readonly endsAt: Instant;
  readonly offsets: readonly IndexedOffset[];
}

/** Searches the index. */
export class RecordQueries {
  constructor(
    private readonly store: Pick<RecordIndexStore, 'search' | 'findPositions'>,
    private readonly topics: Pick<HubTopics, 'current' | 'seenAt' | 'isKnown' | 'refresh'>,
  ) {}

  /** @param isFresh asks the broker for the ends now; else they are some seconds old, as the answer says */
  async search(query: RecordQuery, { isFresh }: { readonly isFresh: boolean }): Promise<RecordsAnswer> {
    if (isFresh || !this.topics.isKnown) await this.topics.refresh();
    // Before the search: the answer then has everything below these positions.
    const completeness = await this.completeness();
    const hits = await this.store.search(query);
    const last = hits.at(-1);
    const next = last && hits.length === query.limit ? encodeCursor(last) : null;
    return { records: hits.map(toReport), next, ...completeness };
  }

  /** Up to where the index has read, and up to where there is something to read. */
  async completeness(): Promise<Completeness> {
    const { current, seenAt: endsAt } = this.topics;
    const positions = await this.store.findPositions();
    const indexed = new Map(positions.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset]));
    let lag = 0n;
    const offsets: IndexedOffset[] = [];
    for (const [topic, ranges] of current)
      for (const [partition, { low, high }] of ranges) {
        const position = indexed.get(`${topic}/${partition}`) ?? low;
        // A position beyond the end is of a topic that was there before: nothing of this one is indexed yet.
        lag += position > high ? high - low : high - position;
        offsets.push({ topic, partition, indexedTo: String(position), end: String(high) });
      }
    return { lag: Number(lag), endsAt, offsets };
  }
}

function toReport({ offset, appendedAtMs, isRemoved, ...hit }: RecordHit): IndexedRecord {
  return { ...hit, offset: String(offset), at: instantOfMs(appendedAtMs), isInTopic: isRemoved ? false : null };
}
