import { HubError, systemClock } from '#kernel';
import { ByteWriter } from './byte-writer.js';
import type { KafkaConnection } from './kafka-connection.js';
import { KafkajsCluster } from './kafkajs-cluster.js';
import { planRequests, type Assignment, type LeaderRequest, type TopicRecord } from './leader-requests.js';
import { requestHeadBytes, writeProduceRequest } from './produce-request.js';

interface ProducerId {
  readonly id: bigint;
  readonly epoch: number;
}

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
  private readonly headBytes: number;
  private readonly sequences = new Map<string, number>();
  /** One buffer per leader, kept for its next request. */
  private readonly writers = new Map<number, ByteWriter>();
  private producer: ProducerId | null = null;
  private readonly assignment: Assignment = {
    leadersOf: (topic) => this.cluster.leadersOf(topic),
    takeSequences: (topic, partition, count) => this.takeSequences(`${topic}/${partition}`, count),
  };

  constructor(connection: KafkaConnection) {
    this.cluster = new KafkajsCluster(connection);
    this.headBytes = requestHeadBytes(connection.clientId);
    this.timeoutMs = connection.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** One request per leader, all at once; resolves when all in-sync replicas have all records. @throws kafkajs's errors */
  async send(records: readonly TopicRecord[]): Promise<void> {
    const topics = [...new Set(records.map((record) => record.topic))];
    await this.cluster.loadTopics(topics);
    const producer = (this.producer ??= await this.cluster.initProducerId());
    const requests = planRequests(records, this.assignment);
    try {
      await Promise.all([...requests].map(([leader, request]) => this.sendTo(leader, request, producer)));
    } catch (error) {
      throw (error as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION' ? toLagging(error, topics) : error;
    }
  }

  /** Ends the connections; requests in flight are waited for. */
  close(): Promise<void> {
    return this.cluster.close();
  }

  private async sendTo(leader: number, request: LeaderRequest, { id, epoch }: ProducerId): Promise<void> {
    const writer = this.writers.get(leader) ?? new ByteWriter();
    this.writers.set(leader, writer);
    writer.clear();
    writer.skip(this.headBytes);
    const head = { producerId: id, producerEpoch: epoch, timeoutMs: this.timeoutMs, timestampMs: systemClock.nowMs() };
    writeProduceRequest(writer, request, head);
    await this.cluster.produce(leader, writer.view());
  }

  private takeSequences(partition: string, count: number): number {
    const first = this.sequences.get(partition) ?? 0;
    this.sequences.set(partition, (first + count) % SEQUENCES);
    return first;
  }
}

/** The metadata had the partition, so its leader only lags behind. Is the topic gone, the next session's metadata say so. */
function toLagging(cause: unknown, topics: readonly string[]): HubError {
  return new HubError('HUB_BROKER_UNREACHABLE', 'A leader does not know its partition yet.', { topics }, { cause });
}
