import avsc, { type Schema, type Type } from 'avsc';
import { readLong, writeLong, type LongTap } from './exact-long.js';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const INSTANT_MS = /^\d{4}-/;
/** Beyond, avsc's arithmetic of longs rounds. */
const MAX_EXACT_LONG = 2 ** 52;
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
/** Bytes of a two's complement that a JavaScript integer holds exactly. */
const MAX_INT_BYTES = 6;
/** Bits of a decimal digit; a number of that many bits has at most as many digits. */
const BITS_PER_DIGIT = Math.log2(10);
const ZERO = 0x30;
const MINUTE_MS = 60_000;

/** avsc's reader: a buffer and a position. */
interface BytesTap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
}
interface InnerType {
  _read(tap: BytesTap): Buffer;
}

/**
 * Avro `decimal` as an exact canonical string: no exponent, no superfluous zeros, no minus zero (`9.9`).
 * A value with more digits than scale or precision allow is invalid, never rounded.
 */
export class DecimalType extends avsc.types.LogicalType {
  private readonly scale: number;
  private readonly precision: number;
  private readonly maxBytes: number;

  constructor(schema: Schema, options: unknown) {
    super(schema, options as ConstructorParameters<typeof avsc.types.LogicalType>[1]);
    const declared = schema as { scale?: number; precision?: number };
    this.scale = declared.scale ?? 0;
    this.precision = declared.precision ?? Number.POSITIVE_INFINITY;
    // One bit for the sign. Longer ones are refused unread: turning a megabyte into digits takes seconds.
    this.maxBytes = Math.ceil((this.precision * BITS_PER_DIGIT + 1) / 8);
  }

  /** Most have a few bytes: those are read where they lie. */
  _read(tap: BytesTap): string {
    const start = tap.pos;
    const length = this.underlyingType.typeName === 'bytes' ? tap.readLong() : 0;
    const end = tap.pos + length;
    if (length > 0 && length <= Math.min(MAX_INT_BYTES, this.maxBytes) && end <= tap.buf.length) {
      tap.pos = end;
      return this.toText(String(tap.buf.readIntBE(end - length, length)));
    }
    tap.pos = start;
    return this._fromValue((this.underlyingType as unknown as InnerType)._read(tap));
  }

  protected override _fromValue(bytes: Buffer): string {
    if (bytes.length === 0) return '0';
    if (bytes.length > this.maxBytes) throw new RangeError('more bytes than the precision allows');
    return this.toText(
      bytes.length <= MAX_INT_BYTES ? String(bytes.readIntBE(0, bytes.length)) : String(toBigInt(bytes)),
    );
  }

  private toText(unscaled: string): string {
    const isNegative = unscaled.startsWith('-');
    const significant = isNegative ? unscaled.slice(1) : unscaled;
    if (significant.length > this.precision) throw new RangeError('more digits than the precision allows');
    const digits = significant.padStart(this.scale + 1, '0');
    const point = digits.length - this.scale;
    let end = digits.length;
    while (end > point && digits.charCodeAt(end - 1) === ZERO) end -= 1;
    const fraction = end === point ? '' : `.${digits.slice(point, end)}`;
    return `${isNegative ? '-' : ''}${digits.slice(0, point)}${fraction}`;
  }

  protected override _toValue(value: unknown): Buffer | undefined {
    const match = typeof value === 'string' ? DECIMAL.exec(value) : null;
    if (!match) return undefined;
    const [, sign = '', whole = '', fraction = ''] = match;
    const significant = fraction.replace(/0+$/, '');
    if (significant.length > this.scale) return undefined;
    const digits = (whole + significant.padEnd(this.scale, '0')).replace(/^0+(?=\d)/, '');
    if (digits.length > this.precision) return undefined;
    return toTwosComplement(sign + digits);
  }

  protected override _resolve(writer: Type): ((value: unknown) => unknown) | undefined {
    return writer instanceof DecimalType && writer.scale === this.scale ? (value) => value : undefined;
  }
}

/**
 * Avro `timestamp-micros` as an instant: `2026-11-23T04:05:06.123456Z`, exact from year 0000 to 9999. avsc's own longs are
 * exact only within 2^52, the years 1827 to 2112, and give no error: it reads 1753-01-01, the first
 * date of many a database, as one of the year 2187. Beyond, the bytes are read and written here.
 */
export class TimestampMicrosType extends avsc.types.LogicalType {
  /** What was read last: the fields of a record mostly changed at one time. */
  private lastMicros = Number.NaN;
  private lastInstant = '';
  /** And its minute: what follows one another is mostly of one. */
  private lastMinuteMs = Number.NaN;
  private lastMinute = '';

  _read(tap: LongTap): string {
    const start = tap.pos;
    const near = tap.readLong();
    if (Math.abs(near) < MAX_EXACT_LONG) return this._fromValue(near);
    const exact = readLong(tap.buf.subarray(start, tap.pos));
    const micros = ((exact % 1000n) + 1000n) % 1000n;
    return toInstant(Number((exact - micros) / 1000n), Number(micros));
  }

  _write(tap: LongTap, value: unknown): void {
    const parts = partsOf(value);
    if (!parts) throw new TypeError('no instant with microseconds');
    const { ms, micros } = parts;
    if (Math.abs(ms) < MAX_EXACT_LONG / 1000 - 1) tap.writeLong(ms * 1000 + micros);
    else writeLong(tap, BigInt(ms) * 1000n + BigInt(micros));
  }

  _check(value: unknown, _flags: unknown, hook?: (value: unknown, type: unknown) => void): boolean {
    const isValid = partsOf(value) !== null;
    if (!isValid) hook?.(value, this);
    return isValid;
  }

  protected override _fromValue(micros: number): string {
    if (micros !== this.lastMicros) {
      this.lastInstant = this.instantOf(micros);
      this.lastMicros = micros;
    }
    return this.lastInstant;
  }

  private instantOf(micros: number): string {
    const minuteMs = Math.floor(micros / (MINUTE_MS * 1000)) * MINUTE_MS;
    if (minuteMs !== this.lastMinuteMs) {
      this.lastMinute = toInstant(minuteMs, 0).slice(0, 'YYYY-MM-DDTHH:MM:'.length);
      this.lastMinuteMs = minuteMs;
    }
    // seconds and microseconds with a digit before them, which keeps the zeros that they begin with
    const digits = String(100_000_000 + micros - minuteMs * 1000);
    return `${this.lastMinute}${digits.slice(1, 3)}.${digits.slice(3)}Z`;
  }

  /** For defaults and comparisons; values go through {@link _write}. */
  protected override _toValue(value: unknown): number | undefined {
    const parts = partsOf(value);
    return parts ? parts.ms * 1000 + parts.micros : undefined;
  }

  protected override _resolve(writer: Type): ((value: unknown) => unknown) | undefined {
    return writer instanceof TimestampMicrosType ? (value) => value : undefined;
  }
}

/** Milliseconds since the epoch, and microseconds after them; null for what is no instant, or no day of the calendar. */
function partsOf(value: unknown): { readonly ms: number; readonly micros: number } | null {
  if (typeof value !== 'string' || !INSTANT.test(value)) return null;
  const ms = Date.parse(`${value.slice(0, 23)}Z`);
  // JavaScript takes the 30th of February for the 2nd of March.
  const isDay = !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value.slice(0, 23));
  return isDay ? { ms, micros: Number(value.slice(23, 26)) } : null;
}

function toInstant(ms: number, micros: number): string {
  const text = new Date(ms).toISOString();
  if (!INSTANT_MS.test(text)) throw new RangeError('an instant outside of the years 0000 to 9999');
  return `${text.slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}

function toBigInt(bytes: Buffer): bigint {
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
}

function toTwosComplement(integer: string): Buffer {
  const value = BigInt(integer);
  let length = 1;
  while (BigInt.asIntN(length * 8, value) !== value) length += 1;
  const hex = BigInt.asUintN(length * 8, value).toString(16);
  return Buffer.from(hex.padStart(length * 2, '0'), 'hex');
}
