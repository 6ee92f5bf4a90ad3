import { ByteReader } from './byte-reader.js';
import type { RawMessage } from './messages.js';

/** Where a batch lies. */
export interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** What a batch says of all its records. */
export interface RecordFrame {
  readonly place: Place;
  readonly firstOffset: bigint;
  readonly baseTimeMs: number;
  /** The broker's time of the whole batch; null where each record has its producer's. */
  readonly fixedTimeMs: number | null;
}

/**
 * A message of a fetched batch. Its key and headers become texts only when someone reads them: they are a third of what it
 * takes to read a message, and not every handler asks for them.
 */
export class FetchedMessage implements RawMessage {
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly value: Buffer | null;
  /** Of the whole record in its batch. */
  readonly bytes: number;
  private readonly keyAt: number;
  private readonly headersAt: number;
  private keyText: string | null = null;
  private texts: Readonly<Record<string, string>> | null = null;

  /**
   * Reads the next record, headers included.
   * @throws RangeError when it does not end where it says, or claims more than there is
   */
  constructor(
    private readonly records: Buffer,
    reader: ByteReader,
    private readonly frame: RecordFrame,
  ) {
    const length = reader.varint();
    const end = reader.position + length;
    reader.int8(); // attributes: none are defined
    const timestampMs = frame.baseTimeMs + reader.varlong();
    this.timestampMs = frame.fixedTimeMs ?? timestampMs;
    this.offset = frame.firstOffset + BigInt(reader.varint());
    this.keyAt = reader.position;
    skipBytes(reader);
    this.value = readValue(reader);
    this.headersAt = reader.position;
    skipHeaders(reader);
    this.bytes = length;
    if (reader.position !== end) throw new RangeError(`A record of ${length} bytes ends elsewhere.`);
  }

  get topic(): string {
    return this.frame.place.topic;
  }

  get partition(): number {
    return this.frame.place.partition;
  }

  get key(): string {
    return (this.keyText ??= readKey(new ByteReader(this.records, this.keyAt)));
  }

  /** A header without value is left out; of several with one name the last counts. */
  get headers(): Readonly<Record<string, string>> {
    return (this.texts ??= readHeaders(new ByteReader(this.records, this.headersAt)));
  }
}

/** Bytes that a length of -1 says are not there; also other negative lengths are refused. */
const NULL = -1;

function readKey(reader: ByteReader): string {
  const length = reader.varint();
  return length === NULL ? '' : reader.text(length);
}

function readValue(reader: ByteReader): Buffer | null {
  const length = reader.varint();
  return length === NULL ? null : reader.raw(length);
}

function skipHeaders(reader: ByteReader): void {
  const count = reader.varint();
  if (count < 0) throw new RangeError(`A record claims ${count} headers.`);
  for (let left = count; left > 0; left -= 1) {
    reader.take(reader.varint());
    skipBytes(reader);
  }
}

function skipBytes(reader: ByteReader): void {
  const length = reader.varint();
  if (length !== NULL) reader.take(length);
}

function readHeaders(reader: ByteReader): Record<string, string> {
  const texts = new Map<string, string>();
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = reader.text(reader.varint());
    const length = reader.varint();
    if (length === NULL) texts.delete(name);
    else texts.set(name, reader.text(length));
  }
  // Own properties whatever the names are: a header may be called `__proto__`.
  return Object.fromEntries(texts);
}
