import { HubError } from '#kernel';
import { ByteWriter } from './byte-writer.js';
import type { KafkaConnection } from './kafka-connection.js';
import { KafkajsCluster } from './kafkajs-cluster.js';
import { partitionOf } from './murmur2.js';
import { writeProduceRequest, type PartitionRecords } from './produce-request.js';
import type { BatchRecord } from './record-batch.js';

/** A record with its topic; its key fixes the partition. */
export interface TopicRecord extends BatchRecord {
  readonly topic: string;
  readonly key: string;
}

/** What goes to one leader: the batches by topic. */
type LeaderRequest = Map<string, PartitionRecords[]>;

const DEFAULT_TIMEOUT_MS = 10_000;
/** Sequences are 31-bit and start again at 0. */
const SEQUENCES = 2 ** 31;

/**
 * One producer id with its connections and its sequence per partition. One `send` at a time. After an error it must not
 * be used again: nobody knows which batches arrived, so the sequences are worth nothing.
 */
export class ProducerSession {
  private readonly cluster: KafkajsCluster;
  private readonly timeoutMs: number;
  private readonly sequences = new Map<string, number>();
  /** One buffer per leader, kept for its next request. */
  private readonly writers = new Map<number, ByteWriter>();
  private producer: { readonly id: bigint; readonly epoch: number } | null = null;

  constructor(connection: KafkaConnection) {
    this.cluster = new KafkajsCluster(connection);
    this.timeoutMs = connection.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** One request per leader, all at once; resolves when all in-sync replicas have all records. @throws kafkajs's errors */
  async send(records: readonly TopicRecord[]): Promise<void> {
    const byTopic = groupByTopic(records);
    await this.cluster.loadTopics([...byTopic.keys()]);
    this.producer ??= await this.cluster.initProducerId();
    const producer = { producerId: this.producer.id, producerEpoch: this.producer.epoch };
    const head = { ...producer, timeoutMs: this.timeoutMs, timestampMs: Date.now() };
    const requests = [...this.planRequests(byTopic)].map(([leader, request]) => {
      const writer = this.writerOf(leader);
      writeProduceRequest(writer, request, head);
      return this.cluster.produce(leader, writer.view());
    });
    await Promise.all(requests);
  }

  /** Ends the connections; requests in flight are waited for. */
  close(): Promise<void> {
    return this.cluster.close();
  }

  private planRequests(byTopic: ReadonlyMap<string, readonly TopicRecord[]>): Map<number, LeaderRequest> {
    const requests = new Map<number, LeaderRequest>();
    for (const [topic, records] of byTopic) {
      const leaders = this.leadersOf(topic);
      for (const [partition, inPartition] of groupByPartition(records, leaders.length)) {
        const request = getOrAdd(requests, leaders[partition] ?? -1, () => new Map<string, PartitionRecords[]>());
        const firstSequence = this.takeSequences(`${topic}/${partition}`, inPartition.length);
        getOrAdd(request, topic, () => []).push({ partition, firstSequence, records: inPartition });
      }
    }
    return requests;
  }

  /** The leader of each partition, by partition. */
  private leadersOf(topic: string): number[] {
    const leaders: number[] = [];
    for (const { partitionId, leader } of this.cluster.partitionsOf(topic)) leaders[partitionId] = leader;
    if (leaders.length > 0) return leaders;
    throw new HubError('HUB_BROKER_UNREACHABLE', 'Kafka did not say which partitions the topic has.', { topic });
  }

  private takeSequences(partition: string, count: number): number {
    const first = this.sequences.get(partition) ?? 0;
    this.sequences.set(partition, (first + count) % SEQUENCES);
    return first;
  }

  private writerOf(leader: number): ByteWriter {
    const writer = getOrAdd(this.writers, leader, () => new ByteWriter());
    writer.clear();
    return writer;
  }
}

function groupByTopic(records: readonly TopicRecord[]): Map<string, TopicRecord[]> {
  const byTopic = new Map<string, TopicRecord[]>();
  for (const record of records) getOrAdd(byTopic, record.topic, () => []).push(record);
  return byTopic;
}

function groupByPartition(records: readonly TopicRecord[], partitions: number): Map<number, TopicRecord[]> {
  const byPartition = new Map<number, TopicRecord[]>();
  for (const record of records) getOrAdd(byPartition, partitionOf(record.key, partitions), () => []).push(record);
  return byPartition;
}

function getOrAdd<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
