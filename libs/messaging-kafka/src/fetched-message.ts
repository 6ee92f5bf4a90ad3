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

interface Parts {
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly key: string;
  readonly value: Buffer | null;
  readonly records: Buffer;
  /** Where the number of headers lies. */
  readonly headersAt: number;
}

/**
 * A message of a fetched batch. Its headers become texts only when someone reads them: they are a third of what it takes to
 * read a message, and not every handler asks for them.
 */
export class FetchedMessage implements RawMessage {
  private texts: Readonly<Record<string, string>> | null = null;

  private constructor(
    private readonly place: Place,
    private readonly parts: Parts,
  ) {}

  /**
   * Reads the next record, headers included.
   * @throws RangeError when it does not end where it says, or claims more than there is
   */
  static read(records: Buffer, reader: ByteReader, frame: RecordFrame): FetchedMessage {
    const length = reader.varint();
    const end = reader.position + length;
    reader.int8(); // attributes: none are defined
    const timestampMs = frame.baseTimeMs + reader.varlong();
    const offset = frame.firstOffset + BigInt(reader.varint());
    const key = readKey(reader);
    const value = readValue(reader);
    const headersAt = reader.position;
    skipHeaders(reader);
    if (reader.position !== end) throw new RangeError(`A record of ${length} bytes ends elsewhere.`);
    return new FetchedMessage(frame.place, {
      offset,
      timestampMs: frame.fixedTimeMs ?? timestampMs,
      key,
      value,
      records,
      headersAt,
    });
  }

  get topic(): string {
    return this.place.topic;
  }

  get partition(): number {
    return this.place.partition;
  }

  get offset(): bigint {
    return this.parts.offset;
  }

  get key(): string {
    return this.parts.key;
  }

  get value(): Buffer | null {
    return this.parts.value;
  }

  get timestampMs(): number {
    return this.parts.timestampMs;
  }

  /** A header without value is left out; of several with one name the last counts. */
  get headers(): Readonly<Record<string, string>> {
    return (this.texts ??= readHeaders(new ByteReader(this.parts.records, this.parts.headersAt)));
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
    const length = reader.varint();
    if (length !== NULL) reader.take(length);
  }
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
