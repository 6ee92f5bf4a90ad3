import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseInstant } from './clock.js';

/** Years of which `toISOString` writes four digits. */
const YEARS = { min: new Date('0000-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true };

test('an instant is the moment that the calendar says, however it is written', () => {
  const digits = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.date(YEARS), digits, fc.integer({ min: -14 * 60, max: 14 * 60 }), (date, fraction, offset) => {
      const seconds = date.toISOString().slice(0, 19);
      const expected = `${seconds}.${fraction.padEnd(6, '0').slice(0, 6)}Z`;
      expect(parseInstant(`${seconds}.${fraction}Z`)).toBe(expected);
      expect(parseInstant(`${seconds.replace('T', ' ')}.${fraction}+00:00`)).toBe(expected);
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, 19);
      expect(parseInstant(`${local}.${fraction}${zoneOf(offset)}`)).toBe(expected);
    }),
  );
});

function zoneOf(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60].map((n) =>
    String(n).padStart(2, '0'),
  );
  return `${minutes < 0 ? '-' : '+'}${hours}:${rest}`;
}

test.each([
  ['2026-02-30T00:00:00Z', '2026-03-02T00:00:00.000000Z'],
  ['2026-12-31T24:00:00Z', '2027-01-01T00:00:00.000000Z'],
  ['2026-13-01T00:00:00Z', null],
  ['2026-01-01T25:00:00Z', null],
  ['2026-01-01T00:60:00Z', null],
  ['2026-01-01T00:00:00', null],
  ['2026-01-01', null],
])('%s is %s', (text, instant) => {
  expect(parseInstant(text)).toBe(instant);
});
