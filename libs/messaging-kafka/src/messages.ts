import type { AvroRecord, EventTypeName } from '#contracts';

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
