import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { canonicalDecimal, canonicalize, divideDecimals, multiplyDecimals } from './index.js';

const value = (type: Parameters<typeof canonicalize>[0], input: unknown, scale?: number): unknown => {
  const result = canonicalize(type, input, scale === undefined ? {} : { scale });
  return result.ok ? result.value : result;
};
const refused = { ok: false, reason: expect.any(String) };

describe('canonical decimals', () => {
  test.each([
    ['9.90', '9.9'],
    ['-0', '0'],
    ['-0.00', '0'],
    ['+007', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1e3', '1000'],
    ['-1.50E-2', '-0.015'],
    [' 12 ', '12'],
    ['123456789012345678901234567890.123', '123456789012345678901234567890.123'],
  ])('%s becomes %s', (input, expected) => expect(value('decimal', input)).toBe(expected));

  test.each(['', '.', 'abc', '1,5', 'NaN', 'Infinity', '1e999', '0x10', '1'.repeat(61), `0.${'0'.repeat(60)}1`])(
    'refuses "%s"',
    (input) => expect(value('decimal', input)).toEqual(refused),
  );

  test('rounds half away from zero to the scale', () => {
    expect(['0.125', '-0.125', '0.1249', '9.995'].map((text) => canonicalDecimal(text, 2))).toEqual([
      '0.13',
      '-0.13',
      '0.12',
      '10',
    ]);
  });

  test('what has no more digits than the scale stays as it is', () => {
    expect(['0', '-7', '1.5', '1.25'].map((text) => canonicalDecimal(text, 2))).toEqual(['0', '-7', '1.5', '1.25']);
  });

  test('a product divided by its factor is the value again', () => {
    const decimal = fc
      .tuple(fc.bigInt(-(10n ** 12n), 10n ** 12n), fc.nat(6))
      .map(([n, scale]) => canonicalDecimal(`${n}e-${scale}`) ?? '');
    const factor = fc.constantFrom('0.001', '1000', '2.5', '-0.04', '1');
    fc.assert(
      fc.property(decimal, factor, (number, by) => {
        expect(divideDecimals(multiplyDecimals(number, by) ?? '', by)).toBe(number);
      }),
    );
    expect(divideDecimals('1', '3')).toBeNull();
    expect(divideDecimals('2', '3', 2)).toBe('0.67');
    expect(divideDecimals('1', '0', 2)).toBeNull();
  });
});

describe('canonical texts', () => {
  test('composes to NFC and refuses what is not Unicode', () => {
    expect(value('text', 'e\u0301')).toBe('\u00e9');
    expect(value('text', 'a\ud800')).toEqual(refused);
    expect(value('text', 'a\0b')).toEqual(refused);
    expect(value('text', 42)).toBe('42');
    expect(value('text', '')).toBe('');
  });

  test('sorts locales, leaves out empty ones, and no locale is null', () => {
    expect(JSON.stringify(value('texts', { en: 'b', de: 'a\u0308', fr: null }))).toBe('{"de":"\u00e4","en":"b"}');
    expect(value('texts', {})).toBeNull();
    expect(value('texts', { 'not a locale': 'x' })).toEqual(refused);
    expect(value('texts', ['x'])).toEqual(refused);
  });
});

describe('canonical booleans and instants', () => {
  test('accepts the usual words of databases and files', () => {
    expect(['t', 'TRUE', 1, true, 'yes'].map((word) => value('boolean', word))).toEqual(Array(5).fill(true));
    expect(['f', 'False', 0, false, 'no'].map((word) => value('boolean', word))).toEqual(Array(5).fill(false));
    expect(value('boolean', 'maybe')).toEqual(refused);
  });

  test('gives UTC with micro-seconds', () => {
    expect(value('instant', '2026-03-29 02:30:00.5+01:00')).toBe('2026-03-29T01:30:00.500000Z');
    expect(value('instant', new Date(0))).toBe('1970-01-01T00:00:00.000000Z');
    for (const text of ['2026-02-30T00:00:00Z', '2026-01-01T00:00:00', 'infinity', ''])
      expect(value('instant', text)).toEqual(refused);
  });

  test('null and undefined are null for every type', () => {
    for (const type of ['text', 'decimal', 'boolean', 'instant', 'texts'] as const) {
      expect(value(type, null)).toBeNull();
      expect(value(type, undefined)).toBeNull();
    }
  });
});

test('canonical form is a fixed point', () => {
  const inputs = fc.oneof(
    fc.tuple(fc.constant('text' as const), fc.string({ unit: 'binary' })),
    fc.tuple(
      fc.constant('decimal' as const),
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    ),
    fc.tuple(fc.constant('texts' as const), fc.dictionary(fc.constantFrom('de', 'en', 'pt-BR'), fc.string())),
  );
  fc.assert(
    fc.property(inputs, ([type, input]) => {
      const once = canonicalize(type, input);
      if (once.ok) expect(canonicalize(type, once.value)).toEqual(once);
    }),
  );
});
