import { expect, test } from '@jest/globals';
import { expiryOf } from './key-expiry.js';

const NOW_MS = Date.parse('2026-11-27T10:00:00Z');

test.each([
  ['90d', '2027-02-25T10:00:00.000000Z'],
  ['366d', '2027-11-28T10:00:00.000000Z'],
  ['2026-11-27T12:00:00+01:00', '2026-11-27T11:00:00.000000Z'],
])('a key that expires %s ends at %s', (text, at) => {
  expect(expiryOf(text, NOW_MS)).toBe(at);
});

test.each(['0d', '367d', '1000d', '2026-11-27T10:00:00Z', '2027-11-28T10:00:01Z', '2027-01-01', 'tomorrow', ''])(
  'a key can not expire %p',
  (text) => {
    expect(() => expiryOf(text, NOW_MS)).toThrow(/within 366 days/);
  },
);
