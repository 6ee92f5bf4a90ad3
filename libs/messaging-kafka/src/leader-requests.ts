import { HubError } from '#kernel';
import { partitionOf } from './murmur2.js';
import type { PartitionRecords } from './produce-request.js';
import type { BatchRecord } from './record-batch.js';

/** A record with its topic; its key fixes the partition, unless one is named. */
export interface TopicRecord extends BatchRecord {
  readonly topic: string;
  readonly key: string;
  readonly partition?: number;
}

/** What goes to one leader: the batches by topic. */
export type LeaderRequest = ReadonlyMap<string, readonly PartitionRecords[]>;

/** What a plan rests on besides the records. */
export interface Assignment {
  /** The node that leads each partition, by partition. */
  readonly leadersOf: (topic: string) => readonly number[];
  /** Sequence of the first of `count` records, which are the partition's next. */
  readonly takeSequences: (topic: string, partition: number, count: number) => number;
}

/** One request per leader, by its node id; within a partition the records keep their order. */
export function planRequests(records: readonly TopicRecord[], assignment: Assignment): Map<number, LeaderRequest> {
  const requests = new Map<number, Map<string, PartitionRecords[]>>();
  for (const [topic, inTopic] of groupByTopic(records)) {
    const leaders = assignment.leadersOf(topic);
    for (const [partition, inPartition] of groupByPartition(inTopic, leaders.length)) {
      const request = getOrAdd(requests, getLeader(topic, leaders, partition), newRequest);
      const firstSequence = assignment.takeSequences(topic, partition, inPartition.length);
      getOrAdd(request, topic, () => []).push({ partition, firstSequence, records: inPartition });
    }
  }
  return requests;
}

const newRequest = (): Map<string, PartitionRecords[]> => new Map();

function getLeader(topic: string, leaders: readonly number[], partition: number): number {
  const leader = leaders[partition];
  if (leader !== undefined) return leader;
  throw new HubError('HUB_BROKER_UNREACHABLE', 'Kafka named no leader of a partition.', { topic, partition });
}

function groupByTopic(records: readonly TopicRecord[]): Map<string, TopicRecord[]> {
  const byTopic = new Map<string, TopicRecord[]>();
  for (const record of records) getOrAdd(byTopic, record.topic, () => []).push(record);
  return byTopic;
}

function groupByPartition(records: readonly TopicRecord[], partitions: number): Map<number, TopicRecord[]> {
  const byPartition = new Map<number, TopicRecord[]>();
  for (const record of records)
    getOrAdd(byPartition, record.partition ?? partitionOf(record.key, partitions), () => []).push(record);
  return byPartition;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
