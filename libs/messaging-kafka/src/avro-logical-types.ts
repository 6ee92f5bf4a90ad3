import avsc, { type Schema, type Type } from 'avsc';

const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/;
/** Bytes of a two's complement that a JavaScript integer holds exactly. */
const MAX_INT_BYTES = 6;

/**
 * Avro `decimal` as an exact canonical string: no exponent, no superfluous zeros, no minus zero (`9.9`).
 * A value with more digits than scale or precision allow is invalid, never rounded.
 */
export class DecimalType extends avsc.types.LogicalType {
  private readonly scale: number;
  private readonly precision: number;

  constructor(schema: Schema, options: unknown) {
    super(schema, options as ConstructorParameters<typeof avsc.types.LogicalType>[1]);
    const declared = schema as { scale?: number; precision?: number };
    this.scale = declared.scale ?? 0;
    this.precision = declared.precision ?? Number.POSITIVE_INFINITY;
  }

  protected override _fromValue(bytes: Buffer): string {
    if (bytes.length === 0) return '0';
    const unscaled = bytes.length <= MAX_INT_BYTES ? String(bytes.readIntBE(0, bytes.length)) : String(toBigInt(bytes));
    const isNegative = unscaled.startsWith('-');
    const digits = (isNegative ? unscaled.slice(1) : unscaled).padStart(this.scale + 1, '0');
    const whole = digits.slice(0, digits.length - this.scale);
    const fraction = digits.slice(digits.length - this.scale).replace(/0+$/, '');
    return `${isNegative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
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

/** Avro `timestamp-micros` as an instant: `2026-11-23T04:05:06.123456Z`. Microseconds fit a number until the year 2255. */
export class TimestampMicrosType extends avsc.types.LogicalType {
  protected override _fromValue(micros: number): string {
    const ms = Math.floor(micros / 1000);
    const rest = String(micros - ms * 1000).padStart(3, '0');
    return `${new Date(ms).toISOString().slice(0, -1)}${rest}Z`;
  }

  protected override _toValue(value: unknown): number | undefined {
    if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(value)) return undefined;
    const ms = Date.parse(`${value.slice(0, 23)}Z`);
    return Number.isNaN(ms) ? undefined : ms * 1000 + Number(value.slice(23, 26));
  }

  protected override _resolve(writer: Type): ((value: unknown) => unknown) | undefined {
    return writer instanceof TimestampMicrosType ? (value) => value : undefined;
  }
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
