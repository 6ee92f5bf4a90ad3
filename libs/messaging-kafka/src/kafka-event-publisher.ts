import { messageBytes, type EventPublisher, type OutboxRow } from '#outbox';
import type { KafkaConnection } from './kafka-connection.js';
import type { TopicRecord } from './leader-requests.js';
import { RecordProducer } from './record-producer.js';

/** Bytes of one request; below the brokers' default limit of 1 MiB for a batch of one partition. */
export const REQUEST_BYTES = 900 * 1024;

/** Publishes outbox rows: order per key is kept, also across topics of one request and after errors. */
export class KafkaEventPublisher implements EventPublisher {
  private readonly producer: RecordProducer;

  constructor(connection: KafkaConnection) {
    this.producer = new RecordProducer(connection);
  }

  /**
   * One request after another, each up to 900 KiB.
   * @throws HubError HUB_BROKER_UNREACHABLE, HUB_BROKER_REJECTED, HUB_TOPIC_MISSING, HUB_PAYLOAD_TOO_LARGE
   */
  async publish(rows: readonly OutboxRow[]): Promise<void> {
    for (const request of splitByBytes(rows, REQUEST_BYTES)) await this.producer.send(request.flatMap(toRecords));
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}

/** One record for each of the row's topics. */
function toRecords({ topics, key, value, headers }: OutboxRow): TopicRecord[] {
  return topics.map((topic) => ({ topic, key, value, headers }));
}

/** Consecutive runs of rows of at most `limit` bytes each; a larger row makes a run of its own. */
export function splitByBytes(rows: readonly OutboxRow[], limit: number): OutboxRow[][] {
  return splitBy(rows, limit, (row) => row.topics.length * messageBytes(row));
}

/** As {@link splitByBytes}, of what is measured by `bytesOf`. */
export function splitBy<T>(rows: readonly T[], limit: number, bytesOf: (row: T) => number): T[][] {
  const runs: T[][] = [];
  let room = 0;
  for (const row of rows) {
    const bytes = bytesOf(row);
    const run = runs.at(-1);
    if (run && bytes <= room) run.push(row);
    else runs.push([row]);
    room = (run && bytes <= room ? room : limit) - bytes;
  }
  return runs;
}
