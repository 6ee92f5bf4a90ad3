/** avsc's buffer and position, with its own way to read and write a long. */
export interface LongTap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  writeLong(value: number): void;
}

/** The long of these bytes, a zigzag varint. */
export function readLong(bytes: Buffer): bigint {
  let zigzag = 0n;
  for (const [index, byte] of bytes.entries()) zigzag |= BigInt(byte & 0x7f) << BigInt(7 * index);
  return zigzag & 1n ? -((zigzag + 1n) >> 1n) : zigzag >> 1n;
}

/** Past the end of the buffer only the position moves on: so avsc learns how much room is missing. */
export function writeLong(tap: LongTap, value: bigint): void {
  let rest = value >= 0n ? value << 1n : (-value << 1n) - 1n;
  for (; rest > 0x7fn; rest >>= 7n) writeByte(tap, Number(rest & 0x7fn) | 0x80);
  writeByte(tap, Number(rest));
}

function writeByte(tap: LongTap, byte: number): void {
  if (tap.pos < tap.buf.length) tap.buf[tap.pos] = byte;
  tap.pos += 1;
}
