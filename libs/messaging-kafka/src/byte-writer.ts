/** Longer texts are written by Node's native encoder; below it the loop in JavaScript is quicker (measured 2026-11-25). */
const SHORT_TEXT = 64;
/** UTF-8 bytes of one UTF-16 unit, at most. */
const BYTES_PER_UNIT = 3;
const VARINT_BYTES = 5;

/**
 * A buffer that grows, with the encodings of Kafka's protocol. Everything is written in place: no object and no buffer
 * per field. `clear` keeps the memory for the next use.
 * @see https://kafka.apache.org/protocol#protocol_types
 */
export class ByteWriter {
  private bytes: Buffer;
  private end = 0;

  constructor(initialBytes = 64 * 1024) {
    this.bytes = Buffer.allocUnsafeSlow(initialBytes);
  }

  get length(): number {
    return this.end;
  }

  /** What was written from `start` on: a view, valid until the next write or `clear`. */
  view(start = 0): Buffer {
    return this.bytes.subarray(start, this.end);
  }

  clear(): void {
    this.end = 0;
  }

  /** Leaves room for a value; returns its position. It may replace `bytes`: read that only afterwards. */
  skip(count: number): number {
    this.ensure(count);
    const position = this.end;
    this.end += count;
    return position;
  }

  int8(value: number): void {
    const position = this.skip(1);
    this.bytes.writeInt8(value, position);
  }

  int16(value: number): void {
    const position = this.skip(2);
    this.bytes.writeInt16BE(value, position);
  }

  int32(value: number): void {
    const position = this.skip(4);
    this.bytes.writeInt32BE(value, position);
  }

  int64(value: bigint): void {
    const position = this.skip(8);
    this.bytes.writeBigInt64BE(value, position);
  }

  int32At(position: number, value: number): void {
    this.bytes.writeInt32BE(value, position);
  }

  uint32At(position: number, value: number): void {
    this.bytes.writeUInt32BE(value, position);
  }

  int64At(position: number, value: bigint): void {
    this.bytes.writeBigInt64BE(value, position);
  }

  /** A text with its length in bytes as int16. */
  string(text: string): void {
    this.int16(Buffer.byteLength(text));
    this.ensure(text.length * BYTES_PER_UNIT);
    this.end += this.bytes.write(text, this.end, 'utf8');
  }

  /** A zigzag varint of a 32-bit integer. */
  varint(value: number): void {
    this.ensure(VARINT_BYTES);
    this.end = putVarint(this.bytes, this.end, value);
  }

  /** A zigzag varint of up to 64 bits; `value` is a safe integer. */
  varlong(value: number): void {
    if (value === (value | 0)) return this.varint(value);
    let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.int8(Number(BigInt.asIntN(8, (rest & 0x7fn) | 0x80n)));
    this.int8(Number(rest));
  }

  /** Bytes with their length as varint; null has the length -1. */
  varBytes(value: Uint8Array | null): void {
    if (!value) return this.varint(-1);
    this.varint(value.length);
    this.raw(value);
  }

  /** Bytes as they are. */
  raw(value: Uint8Array): void {
    this.ensure(value.length);
    this.bytes.set(value, this.end);
    this.end += value.length;
  }

  /** A text in UTF-8 with its length in bytes as varint; null has the length -1. */
  varText(text: string | null): void {
    if (text === null) return this.varint(-1);
    this.ensure(VARINT_BYTES + text.length * BYTES_PER_UNIT);
    if (text.length > SHORT_TEXT || !this.putAscii(text)) this.putText(text);
  }

  /** Begins a part that has its own size in front, as varint; `expectedBytes` is a guess of that size. */
  openSized(expectedBytes: number): number {
    return this.skip(varintSize(expectedBytes)) + varintSize(expectedBytes);
  }

  /** Ends the part that began at `body`, with the guess that was given there. */
  closeSized(body: number, expectedBytes: number): void {
    const size = this.end - body;
    const start = body - varintSize(expectedBytes);
    const moved = start + varintSize(size);
    if (moved !== body) {
      this.ensure(VARINT_BYTES);
      this.bytes.copyWithin(moved, body, this.end);
      this.end = moved + size;
    }
    putVarint(this.bytes, start, size);
  }

  /** False, and nothing written, when the text is not all ASCII. The caller has made room. */
  private putAscii(text: string): boolean {
    const { bytes } = this;
    let at = putVarint(bytes, this.end, text.length);
    for (let index = 0; index < text.length; index += 1, at += 1) {
      const unit = text.charCodeAt(index);
      if (unit > 0x7f) return false;
      bytes[at] = unit;
    }
    this.end = at;
    return true;
  }

  private putText(text: string): void {
    const body = this.openSized(text.length);
    this.end += this.bytes.write(text, this.end, 'utf8');
    this.closeSized(body, text.length);
  }

  private ensure(count: number): void {
    const needed = this.end + count;
    if (needed > this.bytes.length) this.grow(needed);
  }

  private grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.end);
    this.bytes = grown;
  }
}

/** Bytes of a zigzag varint of a length (not negative). */
function varintSize(length: number): number {
  if (length < 64) return 1;
  if (length < 8_192) return 2;
  if (length < 1_048_576) return 3;
  return length < 134_217_728 ? 4 : 5;
}

function putVarint(bytes: Buffer, position: number, value: number): number {
  let at = position;
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  while (rest > 0x7f) {
    bytes[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}
