import type { IndexedRecord } from './indexed-record.js';
import {
  chooseStart,
  type CleanedUp,
  type IndexPage,
  type IndexPosition,
  type PartitionBounds,
  type RecordIndexStore,
  type StartChoice,
} from './record-index-store.js';
import { compareNewestFirst, type RecordHit, type RecordQuery } from './record-query.js';

interface Partition {
  readonly topic: string;
  readonly partition: number;
  nextOffset: bigint;
  low: bigint;
  records: IndexedRecord[];
}

/** The index in memory; the rules of the port without a database. */
export class InMemoryRecordIndexStore implements RecordIndexStore {
  private readonly partitions = new Map<string, Partition>();

  /** @param cleanUpRecords how many records one step of cleaning up removes at most */
  constructor(private readonly cleanUpRecords = 1_000) {}

  async addPage({ topic, partition, records, nextOffset }: IndexPage): Promise<void> {
    const found = this.partitionOf(topic, partition);
    found.records.push(...records.filter(({ offset }) => offset >= found.nextOffset));
    if (nextOffset > found.nextOffset) found.nextOffset = nextOffset;
  }

  async search(query: RecordQuery): Promise<RecordHit[]> {
    const hits = [...this.partitions.values()].flatMap(({ records, low }) =>
      records
        .filter((record) => isWanted(record, query))
        .map((record) => ({ ...record, isRemoved: record.offset < low })),
    );
    return hits.sort(compareNewestFirst).slice(0, query.limit);
  }

  async findPositions(): Promise<IndexPosition[]> {
    const positions = [...this.partitions.values()].map(({ topic, partition, nextOffset }) => ({
      ...{ topic, partition, nextOffset },
    }));
    return positions.sort((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1));
  }

  async takeUp(topic: string, partition: number, bounds: PartitionBounds): Promise<StartChoice> {
    const choice = chooseStart(this.partitionOf(topic, partition).nextOffset, bounds);
    if (choice === 'begin-anew') this.partitions.delete(idOf(topic, partition));
    const found = this.partitionOf(topic, partition);
    if (found.nextOffset < bounds.low) found.nextOffset = bounds.low;
    if (found.low < bounds.low) found.low = bounds.low;
    return choice;
  }

  async raiseLow(topic: string, partition: number, low: bigint): Promise<void> {
    const found = this.partitionOf(topic, partition);
    if (low > found.low) found.low = low;
  }

  async forgetTopic(topic: string): Promise<void> {
    for (const [id, partition] of this.partitions) if (partition.topic === topic) this.partitions.delete(id);
  }

  async cleanUp(): Promise<CleanedUp> {
    let left = this.cleanUpRecords;
    let removed = 0;
    for (const partition of this.partitions.values()) {
      const [gone, kept] = splitAt(partition, left);
      partition.records = kept;
      left -= gone;
      removed += gone;
    }
    const isDone = [...this.partitions.values()].every(({ records, low }) =>
      records.every(({ offset }) => offset >= low),
    );
    return { removed, isDone };
  }

  private partitionOf(topic: string, partition: number): Partition {
    const id = idOf(topic, partition);
    const found = this.partitions.get(id) ?? { topic, partition, nextOffset: 0n, low: 0n, records: [] };
    this.partitions.set(id, found);
    return found;
  }
}

function idOf(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

function splitAt({ records, low }: Partition, most: number): [number, IndexedRecord[]] {
  const gone = Math.min(most, records.filter(({ offset }) => offset < low).length);
  return [gone, records.slice(gone)];
}

function isWanted(record: IndexedRecord, query: RecordQuery): boolean {
  const { key, fromMs = 0, untilMs = Number.POSITIVE_INFINITY, after } = query;
  const isOfKey = key === undefined || record.key === key || record.businessKey === key;
  const isInTime = record.appendedAtMs >= fromMs && record.appendedAtMs < untilMs;
  const isBehind = after === undefined || compareNewestFirst(after, record) < 0;
  const names = ['eventId', 'traceId', 'type'] as const;
  return isOfKey && isInTime && isBehind && names.every((name) => (query[name] ?? record[name]) === record[name]);
}
