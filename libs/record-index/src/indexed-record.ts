import { HEADERS } from '#contracts';

/** Where a record lies. */
export interface RecordPlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** What the index keeps of one record of a topic: never its value. */
export interface IndexedRecord extends RecordPlace {
  /** The Kafka key; empty when the record has none. */
  readonly key: string;
  /** Of a change event whose Kafka key, the system's own id, is another one; else null. */
  readonly businessKey: string | null;
  readonly eventId: string | null;
  readonly type: string | null;
  /** When the broker appended it, milliseconds since the epoch. */
  readonly appendedAtMs: number;
  /** 32 hexadecimal digits. */
  readonly traceId: string | null;
  readonly isTombstone: boolean;
}

/** A message as it came, as far as the index looks at it. */
export interface RecordMessage extends RecordPlace {
  readonly key: string;
  readonly value: Uint8Array | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestampMs: number;
}

/** Version, trace id, parent id, flags. Ids of zeros are not allowed. */
const TRACE_PARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** What the index keeps of a message. @param businessKey what its value says of itself; null where it says nothing */
export function toIndexedRecord(message: RecordMessage, businessKey: string | null): IndexedRecord {
  const { topic, partition, offset, key, value, headers, timestampMs } = message;
  return {
    ...{ topic, partition, offset, key },
    businessKey: businessKey === key ? null : businessKey,
    eventId: headers[HEADERS.id] ?? null,
    type: headers[HEADERS.type] ?? null,
    appendedAtMs: timestampMs,
    traceId: traceIdOf(headers[HEADERS.traceParent]),
    isTombstone: value === null,
  };
}

/** The trace of a `traceparent` header; null for none, or for a header that is no such thing. */
export function traceIdOf(header: string | undefined): string | null {
  return TRACE_PARENT.exec(header ?? '')?.[1] ?? null;
}
