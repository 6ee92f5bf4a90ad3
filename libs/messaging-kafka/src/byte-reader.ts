/** Bytes of a variable-length integer of 32 and of 64 bits, at most. */
const VARINT_BYTES = 5;
const VARLONG_BYTES = 10;

/**
 * Reads the encodings of Kafka's protocol, one value after another. It never reads past its end: everything throws a
 * RangeError instead, also for a number that JavaScript does not hold exactly.
 * @see https://kafka.apache.org/protocol#protocol_types
 */
export class ByteReader {
  constructor(
    private readonly bytes: Buffer,
    private at = 0,
  ) {}

  get position(): number {
    return this.at;
  }

  get left(): number {
    return this.bytes.length - this.at;
  }

  int8(): number {
    return this.bytes.readInt8(this.take(1));
  }

  int16(): number {
    return this.bytes.readInt16BE(this.take(2));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.take(4));
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.take(4));
  }

  int64(): bigint {
    return this.bytes.readBigInt64BE(this.take(8));
  }

  /** A zigzag varint of a 32-bit integer. */
  varint(): number {
    const { bytes } = this;
    let zigzag = 0;
    for (let index = 0; index < VARINT_BYTES; index += 1) {
      const byte = bytes[this.at];
      if (byte === undefined) break;
      this.at += 1;
      zigzag |= (byte & 0x7f) << (7 * index);
      if (byte < 0x80) return (zigzag >>> 1) ^ -(zigzag & 1);
    }
    throw new RangeError('A variable-length integer does not end.');
  }

  /** A zigzag varint of up to 64 bits that is a safe integer. */
  varlong(): number {
    let zigzag = 0;
    for (let index = 0, unit = 1; index < VARLONG_BYTES; index += 1, unit *= 0x80) {
      const byte = this.bytes[this.at];
      if (byte === undefined) break;
      this.at += 1;
      zigzag += (byte & 0x7f) * unit;
      if (byte < 0x80) return fromZigzag(zigzag);
    }
    throw new RangeError('A variable-length integer does not end.');
  }

  /** A text with its length in bytes as int16. */
  string(): string {
    return this.text(this.int16());
  }

  /** A text of that many bytes. */
  text(length: number): string {
    const start = this.take(length);
    return this.bytes.toString('utf8', start, this.at);
  }

  /** That many bytes: a view. */
  raw(length: number): Buffer {
    const start = this.take(length);
    return this.bytes.subarray(start, this.at);
  }

  /** Moves on by a length, which is not believed. @returns the position before */
  take(length: number): number {
    const start = this.at;
    const end = start + length;
    if (!(length >= 0 && end <= this.bytes.length))
      throw new RangeError(`${length} bytes are claimed where ${this.left} are left.`);
    this.at = end;
    return start;
  }
}

function fromZigzag(zigzag: number): number {
  if (zigzag > Number.MAX_SAFE_INTEGER) throw new RangeError('An integer is beyond what is exact.');
  return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
}
