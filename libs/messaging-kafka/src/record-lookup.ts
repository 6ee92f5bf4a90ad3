import type { KafkaConnection } from './kafka-connection.js';
import { toBrokerError } from './kafka-errors.js';
import { KafkajsCluster } from './kafkajs-cluster.js';

/** Where a record lies. */
export interface RecordAddress {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** Below the first offset of the log, or beyond its end. */
const OUT_OF_RANGE = 'OFFSET_OUT_OF_RANGE';

/** Reads single records, with no consumer group: one request each, or one for several of a record batch. */
export class RecordLookup {
  private cluster: KafkajsCluster | null = null;

  constructor(private readonly connection: KafkaConnection) {}

  /**
   * The values at these addresses, by their place in the list: null for a tombstone, undefined where the topic does not hold
   * the record any more. @throws HubError HUB_BROKER_*
   */
  async findValues(addresses: readonly RecordAddress[]): Promise<(Buffer | null | undefined)[]> {
    const known = new Map<string, Buffer | null>();
    const looked = new Set<string>();
    for (const address of addresses) {
      const id = idOf(address);
      if (known.has(id) || looked.has(id)) continue;
      looked.add(id);
      for (const { offset, value } of await this.fetch(address))
        known.set(idOf({ ...address, offset: BigInt(offset) }), value);
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

function idOf({ topic, partition, offset }: RecordAddress): string {
  return `${topic}/${partition}/${offset}`;
}
