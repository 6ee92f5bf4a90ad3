import { HubError } from '#kernel';

/** PostgreSQL counts from 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;

/** A timestamptz in binary form, in milliseconds since the Unix epoch: microseconds of a double are exact until 2255. */
export function timestampMs(bytes: Buffer, at: number): number {
  return POSTGRES_EPOCH_MS + (bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4)) / 1000;
}

/** Signature, flags and length of the extension, which is empty. */
const HEADER_BYTES = 19;
const END = -1;
const NULL = -1;

/**
 * The rows of a binary `COPY`, one by one. Fields are read in their order; all have to be read before the next row.
 * @see https://www.postgresql.org/docs/current/sql-copy.html "Binary Format"
 */
export class BinaryRows {
  private at = HEADER_BYTES;

  constructor(private readonly bytes: Buffer) {}

  /** Goes to the next row; false at the end, whether or not it is marked: rows may have been cut off. */
  next(): boolean {
    if (this.at === this.bytes.length) return false;
    const fields = this.bytes.readInt16BE(this.at);
    this.at += 2;
    return fields !== END;
  }

  /** A bigint. */
  int8(): bigint {
    const end = this.skipField();
    return this.bytes.readBigInt64BE(end - 8);
  }

  /** A timestamptz, in milliseconds since the Unix epoch. */
  timestampMs(): number {
    const end = this.skipField();
    return timestampMs(this.bytes, end - 8);
  }

  /** A text; not null. */
  text(): string {
    const start = this.at + 4;
    return this.bytes.toString('utf8', start, this.skipField());
  }

  /** A bytea: a view of the bytes, which live as long as it does; not null. */
  bytea(): Buffer {
    const start = this.at + 4;
    return this.bytes.subarray(start, this.skipField());
  }

  /** Passes over a field, and returns where it ends. */
  private skipField(): number {
    const length = this.bytes.readInt32BE(this.at);
    if (length === NULL) throw new HubError('HUB_INVARIANT_BROKEN', 'A column that is never null is null.');
    return (this.at += 4 + length);
  }
}
