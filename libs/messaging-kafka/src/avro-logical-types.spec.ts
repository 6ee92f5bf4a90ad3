import { describe, expect, test } from '@jest/globals';
import avsc, { type Schema, type Type } from 'avsc';
import fc from 'fast-check';
import { DecimalType, TimestampMicrosType } from './avro-logical-types.js';

const logicalTypes = { decimal: DecimalType, 'timestamp-micros': TimestampMicrosType };
const typeOf = (schema: unknown): Type => avsc.Type.forSchema(schema as Schema, { logicalTypes });
const decimal = (precision: number, scale: number) =>
  typeOf({ type: 'bytes', logicalType: 'decimal', precision, scale });
const micros = typeOf({ type: 'long', logicalType: 'timestamp-micros' });
const BYTES = typeOf('bytes');

/** Precision, scale and an unscaled number that fits; often the largest. */
const anyDecimal = fc.integer({ min: 1, max: 60 }).chain((precision) => {
  const most = 10n ** BigInt(precision) - 1n;
  const unscaled = fc.oneof(fc.bigInt({ min: -most, max: most }), fc.constantFrom(most, -most, 0n));
  return fc.record({ precision: fc.constant(precision), scale: fc.integer({ min: 0, max: precision }), unscaled });
});

/** Two's complement, by counting instead of by BigInt.asIntN. */
function unscaledOf(bytes: Buffer): bigint {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return (bytes[0] ?? 0) >= 128 ? value - 256n ** BigInt(bytes.length) : value;
}

describe('decimal', () => {
  test('any number of any precision and scale is exact, both ways and in its bytes', () => {
    fc.assert(
      fc.property(anyDecimal, ({ precision, scale, unscaled }) => {
        const type = decimal(precision, scale);
        const absolute = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
        const [whole, fraction] = [absolute.slice(0, absolute.length - scale), absolute.slice(absolute.length - scale)];
        const written = `${unscaled < 0n ? '-' : ''}${whole}${scale > 0 ? `.${fraction}` : ''}`;
        const buffer = type.toBuffer(written);
        expect(unscaledOf(BYTES.fromBuffer(buffer) as Buffer)).toBe(unscaled);
        const read = type.fromBuffer(buffer) as string;
        expect(read).toMatch(/^(-(?!0$))?(0|[1-9]\d*)(\.\d*[1-9])?$/);
        expect(type.toBuffer(read)).toEqual(buffer);
      }),
      { numRuns: 500 },
    );
  });

  test('bytes that others padded are the same number', () => {
    expect(decimal(18, 4).fromBuffer(BYTES.toBuffer(Buffer.from([0, 0, 0, 0x30, 0x39])))).toBe('1.2345');
    expect(decimal(18, 4).fromBuffer(BYTES.toBuffer(Buffer.from([0xff, 0xff, 0xcf, 0xc7])))).toBe('-1.2345');
    expect(decimal(18, 4).fromBuffer(BYTES.toBuffer(Buffer.alloc(0)))).toBe('0');
  });

  test('more digits than the precision are refused, and a megabyte of them is not even looked at', () => {
    expect((): unknown => decimal(4, 2).fromBuffer(BYTES.toBuffer(Buffer.from([0x27, 0x10])))).toThrow('more digits');
    expect(decimal(4, 2).fromBuffer(BYTES.toBuffer(Buffer.from([0x27, 0x0f])))).toBe('99.99');
    expect((): unknown => decimal(18, 4).fromBuffer(BYTES.toBuffer(Buffer.alloc(1_000_000, 1)))).toThrow('more bytes');
  });
});

/** Avro's long by its definition, with arithmetic of any size. */
function zigzag(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value < 0n ? -value * 2n - 1n : value * 2n;
  for (; rest >= 128n; rest /= 128n) bytes.push(Number(rest % 128n) + 128);
  return Buffer.from([...bytes, Number(rest)]);
}

describe('timestamp-micros', () => {
  test('every microsecond of the years 0 to 9999, both ways and in its bytes', () => {
    const day = fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(day, fc.nat(999), (date, rest) => {
        const text = `${date.toISOString().slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
        const buffer = micros.toBuffer(text);
        const exact = BigInt(date.getTime()) * 1000n + BigInt(rest);
        expect(buffer).toEqual(zigzag(exact));
        expect(micros.fromBuffer(buffer)).toBe(text);
        expect(micros.isValid(text)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test.each([
    ['the first date of many a database', '1753-01-01T00:00:00.000000Z'],
    ['the last one', '9999-12-31T23:59:59.999999Z'],
    ['just inside of what avsc reads right', '1827-04-14T22:40:27.370497Z'],
    ['just outside', '1827-04-14T22:40:27.370495Z'],
    ['a microsecond before the epoch', '1969-12-31T23:59:59.999999Z'],
  ])('%s', (_what, text) => {
    expect(micros.fromBuffer(micros.toBuffer(text))).toBe(text);
  });

  test('a long that is no instant of four digits of a year is invalid', () => {
    expect((): unknown => micros.fromBuffer(zigzag(2n ** 60n))).toThrow(RangeError);
    expect((): unknown => micros.fromBuffer(zigzag(-(2n ** 60n)))).toThrow(RangeError);
  });

  test.each([
    ['five digits of a year', '10000-01-01T00:00:00.000000Z'],
    ['a day that is none', '2026-02-30T00:00:00.000000Z'],
    ['an offset', '2026-11-23T04:05:06.123456+01:00'],
    ['milliseconds', '2026-11-23T04:05:06.123Z'],
    ['a time that is none', '2026-11-23T25:00:00.000000Z'],
  ])('refuses %s', (_what, text) => {
    expect((): unknown => micros.toBuffer(text)).toThrow();
    expect(micros.isValid(text)).toBe(false);
  });
});

describe('what our schemas do not use', () => {
  const date = typeOf({ type: 'int', logicalType: 'date' });
  const uuid = typeOf({ type: 'string', logicalType: 'uuid' });

  test('a date stays its exact day number, a uuid its exact text', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.uuid(), (day, id) => {
        expect(date.fromBuffer(date.toBuffer(day))).toBe(day);
        expect(uuid.fromBuffer(uuid.toBuffer(id))).toBe(id);
      }),
    );
  });
});
