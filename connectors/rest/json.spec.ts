import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from './json.js';

const LONG = '12345678901234567.123456789';

test.each([
  [LONG, LONG],
  [`[1,${LONG}]`, [1, LONG]],
  [`{"a":${LONG}}`, { a: LONG }],
  [`{"a": -${LONG} }`, { a: `-${LONG}` }],
  ['[ 1e5,\n-2.5E-7]', ['1e5', '-2.5E-7']],
  ['[1234567890123456]', ['1234567890123456']],
  ['[123456789012345,-0.5,12345678.1234567]', [123456789012345, -0.5, 12345678.1234567]],
])('the digits of %s are kept', (text, value) => {
  expect(parseJson(text)).toEqual(value);
});

test('a text that looks like a number stays as it is', () => {
  const value = { a: `: ${LONG}`, b: '"1e5', c: `,${LONG}"`, d: ', 3e5 \\', e: '[3e5, 4]', [`[${LONG}`]: null };
  expect(parseJson(JSON.stringify(value))).toEqual(value);
});

test('values without long numbers are those of JSON.parse', () => {
  const short = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => /^-?[\d.]{1,15}$/.test(String(n)));
  const leaf = fc.oneof(short, fc.integer(), fc.string({ unit: 'grapheme' }), fc.boolean(), fc.constant(null));
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 2, depthSize: 'small' },
      leaf,
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(value, fc.constantFrom(undefined, 2), (one, indent) => {
      const text = JSON.stringify(one, null, indent);
      expect(parseJson(text)).toEqual(JSON.parse(text));
    }),
  );
});
