import type { KafkaConnection } from './kafka-connection.js';
import { toBrokerError } from './kafka-errors.js';
import { KafkajsCluster, type KafkajsMessage } from './kafkajs-cluster.js';

/** Where a record lies. */
export interface RecordAddress {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A record as it was read. */
export interface FoundRecord {
  /** Null for a tombstone. */
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Below the first offset of the log, or beyond its end. */
const OUT_OF_RANGE = 'OFFSET_OUT_OF_RANGE';

/** Reads single records, with no consumer group: one request each, or one for several of a record batch. */
export class RecordLookup {
  private cluster: KafkajsCluster | null = null;

  constructor(private readonly connection: KafkaConnection) {}

  /**
   * The records at these addresses, by their place in the list: undefined where the topic does not hold one any more.
   * @throws HubError HUB_BROKER_*
   */
  async find(addresses: readonly RecordAddress[]): Promise<(FoundRecord | undefined)[]> {
    const known = new Map<string, FoundRecord>();
    const looked = new Set<string>();
    for (const address of addresses) {
      const id = idOf(address);
      if (known.has(id) || looked.has(id)) continue;
      looked.add(id);
      for (const { offset, value, headers } of await this.fetch(address))
        known.set(idOf({ ...address, offset: BigInt(offset) }), { value, headers: toTexts(headers) });
    }
    return addresses.map((address) => known.get(idOf(address)));
  }

  async close(): Promise<void> {
    const { cluster } = this;
    this.cluster = null;
    await cluster?.close();
  }

  private async fetch({ topic, partition, offset }: RecordAddress): ReturnType<KafkajsCluster['fetchBatch']> {
    const cluster = (this.cluster ??= new KafkajsCluster(this.connection));
    try {
      await cluster.loadTopics([topic]);
      return await cluster.fetchBatch(topic, partition, offset);
    } catch (error) {
      const broker = toBrokerError(error, { topic, partition });
      if (broker.code === 'HUB_TOPIC_MISSING' || broker.details['type'] === OUT_OF_RANGE) return [];
      await this.close(); // after an error it is not used again
      throw broker;
    }
  }
}

/** The last of several headers with one name counts. */
function toTexts(headers: KafkajsMessage['headers']): Readonly<Record<string, string>> {
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, String([value].flat().at(-1) ?? '')]);
  return Object.fromEntries(texts) as Readonly<Record<string, string>>;
}

function idOf({ topic, partition, offset }: RecordAddress): string {
  return `${topic}/${partition}/${offset}`;
}
