import { createRequire } from 'node:module';
import { RecentTexts } from './recent-texts.js';

/** avsc's reader: a buffer and a position. Past the end it reads on, and what it gives is nothing: see {@link ValueTap.end}. */
interface TapOfAvsc {
  buf: Buffer;
  pos: number;
  readInt(): number;
  readLong(): number;
  readString(): string | undefined;
}

// avsc (pinned at 5.7.9) makes one of these for every value and keeps it to itself.
const { Tap } = createRequire(import.meta.url)('avsc/lib/utils') as { Tap: new (bytes: Buffer) => TapOfAvsc };

const NOTHING = Buffer.alloc(0);

/**
 * Reads values that avsc's types make of bytes, one after another: begin, let a type read, end. It does what avsc's own does,
 * but makes no object for each value and no text twice.
 */
export class ValueTap extends Tap {
  /** Items that the blocks of this value have claimed so far; guardCollections counts them. */
  claimed = 0;
  private readonly texts = new RecentTexts();

  constructor() {
    super(NOTHING);
  }

  /** @param from where the value begins */
  begin(bytes: Buffer, from: number): void {
    this.buf = bytes;
    this.pos = from;
    this.claimed = from;
  }

  /** @throws RangeError when the value took more or less than its bytes */
  end(): void {
    const left = this.buf.length - this.pos;
    this.buf = NOTHING;
    if (left !== 0) throw new RangeError(left < 0 ? 'truncated buffer' : 'trailing data');
  }

  /** Most lengths, branches and counts are one byte. */
  override readLong(): number {
    const byte = this.buf[this.pos];
    if (byte === undefined || byte >= 0x80) return super.readLong();
    this.pos += 1;
    return (byte >>> 1) ^ -(byte & 1);
  }

  override readInt(): number {
    return this.readLong();
  }

  override readString(): string | undefined {
    const start = this.pos;
    const length = this.readLong();
    const from = this.pos;
    const to = from + length;
    if (length >= 0 && to <= this.buf.length) {
      this.pos = to;
      return this.texts.read(this.buf, from, to);
    }
    this.pos = start;
    return super.readString();
  }
}
