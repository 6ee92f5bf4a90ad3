import { encodeHeaders } from '#outbox';
import type { ReplayRecord, ReplayTarget } from '#replay';
import type { KafkaConnection } from './kafka-connection.js';
import { REQUEST_BYTES, splitBy } from './kafka-event-publisher.js';
import type { TopicRecord } from './leader-requests.js';
import { RecordProducer } from './record-producer.js';

/** A topic that gets replayed messages, byte for byte, in their order. */
export class KafkaReplayTarget implements ReplayTarget {
  private readonly producer: RecordProducer;

  constructor(
    connection: KafkaConnection,
    private readonly topic: string,
  ) {
    this.producer = new RecordProducer(connection);
  }

  async send(records: readonly ReplayRecord[]): Promise<void> {
    const encoded = records.map(({ partition, key, value, headers }): TopicRecord => ({
      ...{ topic: this.topic, key, value, headers: encodeHeaders(headers) },
      ...(partition !== null && { partition }),
    }));
    for (const request of splitBy(encoded, REQUEST_BYTES, recordBytes)) await this.producer.send(request);
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

/** Rounded up by a constant for its framing. */
function recordBytes({ key, value, headers }: TopicRecord): number {
  return 64 + Buffer.byteLength(key) + (value?.length ?? 0) + headers.length;
}
