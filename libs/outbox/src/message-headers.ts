import { HubError } from '#kernel';

/** The header block of a Kafka record, as it lies in a record batch: the relay copies it and never reads it. */
export type EncodedHeaders = Buffer & { readonly __brand: 'EncodedHeaders' };

/** Largest varint of a length that fits a message. */
const MAX_VARINT_BYTES = 5;
let scratch = Buffer.allocUnsafe(4 * 1024);

/** A null value is not the empty one. */
export type MessageHeaders = Readonly<Record<string, string | null>>;

/**
 * Headers in the wire form of record batches version 2: their number, then name and value of each; numbers and lengths
 * are zig-zag variable-length integers (-1 is the length of null), texts UTF-8.
 * @see https://kafka.apache.org/documentation/#recordheader
 */
export function encodeHeaders(headers: MessageHeaders): EncodedHeaders {
  const names = Object.keys(headers);
  let end = writeVarint(names.length, 0);
  for (const name of names) end = writeText(headers[name] ?? null, writeText(name, end));
  return Buffer.from(scratch.subarray(0, end)) as EncodedHeaders;
}

/** The headers of a block, for people and tests. @throws HubError HUB_PAYLOAD_INVALID when it ends too early */
export function decodeHeaders(block: EncodedHeaders): MessageHeaders {
  const reader = new BlockReader(block);
  const headers: (readonly [string, string | null])[] = [];
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = reader.text() ?? '';
    headers.push([name, reader.text()]);
  }
  // assigning one by one would lose a header named __proto__
  return Object.fromEntries(headers);
}

function writeText(text: string | null, at: number): number {
  if (text === null) return writeVarint(-1, at);
  const bytes = Buffer.byteLength(text);
  makeRoom(at + MAX_VARINT_BYTES + bytes);
  const start = writeVarint(bytes, at);
  return start + scratch.write(text, start);
}

/** Zig-zag form of a length, which is -1 at least. */
function writeVarint(value: number, at: number): number {
  let [end, rest] = [at, value < 0 ? 1 : value * 2];
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) scratch[end++] = (rest & 0x7f) | 0x80;
  scratch[end++] = rest;
  return end;
}

function makeRoom(bytes: number): void {
  if (bytes <= scratch.length) return;
  const larger = Buffer.allocUnsafe(2 * bytes);
  scratch.copy(larger);
  scratch = larger;
}

class BlockReader {
  private at = 0;

  constructor(private readonly block: Buffer) {}

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.take(1)[0] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value % 2 === 1 ? -1 : value / 2;
    }
  }

  text(): string | null {
    const length = this.varint();
    return length < 0 ? null : this.take(length).toString('utf8');
  }

  private take(length: number): Buffer {
    const end = this.at + length;
    if (end > this.block.length) throw new HubError('HUB_PAYLOAD_INVALID', 'The header block ends too early.');
    const bytes = this.block.subarray(this.at, end);
    this.at = end;
    return bytes;
  }
}
