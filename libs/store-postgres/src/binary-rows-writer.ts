/** PostgreSQL counts from 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000;
/** Signature, no flags, no extension. */
const HEADER = Buffer.concat([Buffer.from('PGCOPY\n\xff\r\n\0', 'latin1'), Buffer.alloc(8)]);
const END = -1;
const NULL = -1;
const FIRST_BYTES = 64 * 1024;

/**
 * Rows for a binary `COPY … FROM STDIN`, field by field. The buffer grows and is kept: rows are read before the next begin.
 * @see https://www.postgresql.org/docs/current/sql-copy.html "Binary Format"
 */
export class BinaryRowsWriter {
  private bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  private at = 0;

  /** Throws away what was written, and begins anew. */
  begin(): void {
    this.at = HEADER.copy(this.bytes, 0);
  }

  row(fields: number): void {
    this.need(2);
    this.at = this.bytes.writeInt16BE(fields, this.at);
  }

  int4(value: number): void {
    this.need(8);
    this.at = this.bytes.writeInt32BE(4, this.at);
    this.at = this.bytes.writeInt32BE(value, this.at);
  }

  int8(value: bigint): void {
    this.need(12);
    this.at = this.bytes.writeInt32BE(8, this.at);
    this.at = this.bytes.writeBigInt64BE(value, this.at);
  }

  /** A timestamptz of whole milliseconds since the Unix epoch. */
  timestampMs(ms: number): void {
    this.int8((BigInt(ms) - BigInt(POSTGRES_EPOCH_MS)) * 1_000n);
  }

  /** A text as bytea; null for none. */
  text(value: string | null): void {
    if (value === null) return this.null();
    this.need(4 + 3 * value.length); // no UTF-16 unit takes more in UTF-8
    const length = this.bytes.write(value, this.at + 4, 'utf8');
    this.at = this.bytes.writeInt32BE(length, this.at) + length;
  }

  /** A uuid of 32 hexadecimal digits; null for none. */
  uuid(digits: string | null): void {
    if (digits === null) return this.null();
    this.need(20);
    this.at = this.bytes.writeInt32BE(16, this.at);
    this.at += this.bytes.write(digits, this.at, 'hex');
  }

  /** The rows, with their end mark: a view until the next `begin`. */
  end(): Buffer {
    this.need(2);
    this.at = this.bytes.writeInt16BE(END, this.at);
    return this.bytes.subarray(0, this.at);
  }

  private null(): void {
    this.need(4);
    this.at = this.bytes.writeInt32BE(NULL, this.at);
  }

  private need(bytes: number): void {
    if (this.at + bytes <= this.bytes.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.at + bytes, 2 * this.bytes.length));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }
}
