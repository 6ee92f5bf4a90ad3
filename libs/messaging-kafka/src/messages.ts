import type { AvroRecord, EventTypeName } from '#contracts';
import type { IHeaders, KafkaMessage } from 'kafkajs';

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

/** A message with what its value was decoded to; null for a tombstone. */
export class MessageWithRecord implements DecodedMessage {
  readonly typeName: EventTypeName | null;
  readonly record: AvroRecord | null;

  constructor(
    private readonly raw: RawMessage,
    decoded: { readonly typeName: EventTypeName; readonly record: AvroRecord } | null,
  ) {
    this.typeName = decoded?.typeName ?? null;
    this.record = decoded?.record ?? null;
  }

  get topic(): string {
    return this.raw.topic;
  }

  get partition(): number {
    return this.raw.partition;
  }

  get offset(): bigint {
    return this.raw.offset;
  }

  get key(): string {
    return this.raw.key;
  }

  get value(): Buffer | null {
    return this.raw.value;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.raw.headers;
  }

  get timestampMs(): number {
    return this.raw.timestampMs;
  }
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

/** Own properties whatever the names are: a header may be called `__proto__`. */
function toHeaders(headers: KafkaMessage['headers']): Record<string, string> {
  const last = (value: IHeaders[string]): Buffer | string | undefined => (Array.isArray(value) ? value.at(-1) : value);
  const texts = Object.entries(headers ?? {}).map(([name, value]) => [name, last(value)?.toString()] as const);
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
