import { crc32 } from 'node:zlib';
import { TopicReader, type KafkaConnection, type RawMessage } from '#messaging-kafka';
import { REPLAY_HEADERS } from '#replay';

/** What a lane holds of its topic. */
export interface LaneCheck {
  /** Messages of the topic that are not in the lane. */
  readonly lost: number;
  /** First occurrences that come after a later message of their key, or in another partition than their key's first. */
  readonly out_of_order: number;
  /** Messages whose key or value is not that of the message that they name as their origin. */
  readonly altered: number;
  /** Messages that are there once more. */
  readonly repeated: number;
}

/** Compares each message of a lane with the one of the topic that its headers name. */
export async function checkLane(connection: KafkaConnection, topic: string, lane: string): Promise<LaneCheck> {
  const findings = new Findings();
  await readAll(connection, topic, (message) => findings.expect(message));
  await readAll(connection, lane, (message) => findings.take(message));
  return findings.result();
}

async function readAll(connection: KafkaConnection, topic: string, take: (message: RawMessage) => void): Promise<void> {
  const reader = new TopicReader(connection);
  try {
    const onPage = async ({ messages }: { readonly messages: readonly RawMessage[] }): Promise<void> => {
      for (const message of messages) take(message);
    };
    await reader.readToEnd({ topic, from: new Map(), onPage, pageSize: 5_000 });
  } finally {
    await reader.close();
  }
}

class Findings {
  /** Checksum of each message of the topic by partition and offset; negative once it was found. */
  private readonly expected = new Map<number, Map<bigint, number>>();
  private readonly keys = new Map<string, { readonly partition: number; last: bigint }>();
  private outOfOrder = 0;
  private altered = 0;
  private repeated = 0;

  expect(message: RawMessage): void {
    const inPartition = this.expected.get(message.partition) ?? new Map<bigint, number>();
    this.expected.set(message.partition, inPartition);
    inPartition.set(message.offset, checksum(message));
  }

  take(message: RawMessage): void {
    const offset = BigInt(message.headers[REPLAY_HEADERS.offset] ?? -1);
    const origins = this.expected.get(Number(message.headers[REPLAY_HEADERS.partition]));
    const wanted = origins?.get(offset);
    if (!origins || wanted === undefined) {
      this.altered += 1;
      return;
    }
    if (wanted < 0) {
      this.repeated += 1;
      return;
    }
    if (wanted !== checksum(message)) this.altered += 1;
    origins.set(offset, -1);
    this.judgeOrder(message, offset);
  }

  result(): LaneCheck {
    let lost = 0;
    for (const inPartition of this.expected.values()) for (const sum of inPartition.values()) if (sum >= 0) lost += 1;
    return { lost, out_of_order: this.outOfOrder, altered: this.altered, repeated: this.repeated };
  }

  private judgeOrder({ key, partition }: RawMessage, offset: bigint): void {
    const state = this.keys.get(key);
    if (!state) this.keys.set(key, { partition, last: offset });
    else if (state.partition !== partition || offset < state.last) this.outOfOrder += 1;
    else state.last = offset;
  }
}

function checksum({ key, value }: RawMessage): number {
  return crc32(value ?? '', crc32(key));
}
