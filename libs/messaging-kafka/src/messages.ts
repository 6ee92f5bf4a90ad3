import type { AvroRecord, EventTypeName } from '#contracts';
import type { KafkaMessage } from 'kafkajs';

/** One message as it lies in a partition. A null value is a tombstone. */
export interface RawMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** Empty when the message has no key. */
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** Time at which the broker appended it, milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** A message with its decoded value; `typeName` and `record` are null for a tombstone. */
export interface DecodedMessage extends RawMessage {
  readonly typeName: EventTypeName | null;
  readonly record: AvroRecord | null;
}

/** Our shape of a kafkajs message. */
export function toRawMessage(topic: string, partition: number, message: KafkaMessage): RawMessage {
  return {
    topic,
    partition,
    offset: BigInt(message.offset),
    key: message.key?.toString('utf8') ?? '',
    value: message.value,
    headers: toHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

function toHeaders(headers: KafkaMessage['headers']): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers ?? {})) {
    const last = Array.isArray(value) ? value.at(-1) : value;
    if (last !== undefined) texts[name] = last.toString();
  }
  return texts;
}
