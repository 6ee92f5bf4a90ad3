import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { RecentTexts } from './recent-texts.js';

/** Few of them, so that they come again; also ones that are no UTF-8, and ones whose text is. */
const someBytes = fc.oneof(
  fc.uint8Array({ maxLength: 30 }),
  fc.array(fc.constantFrom(0x00, 0x41, 0x42, 0x7f, 0xc3, 0xa9, 0xef, 0xbf, 0xbd), { maxLength: 4 }),
  fc.string({ maxLength: 30, unit: 'grapheme' }).map((text) => Buffer.from(text)),
);

test('a text is what Buffer makes of the bytes, whatever was read before', () => {
  fc.assert(
    fc.property(fc.array(someBytes, { maxLength: 60 }), fc.nat(5), (values, room) => {
      const texts = new RecentTexts();
      for (const value of [...values, ...values.toReversed()]) {
        const bytes = Buffer.concat([Buffer.alloc(room, 0x41), Buffer.from(value), Buffer.alloc(room, 0x42)]);
        const text = texts.read(bytes, room, room + value.length);
        expect(text).toBe(Buffer.from(value).toString('utf8'));
      }
    }),
    { numRuns: 500 },
  );
});

test('texts with the same hash take turns', () => {
  const texts = new RecentTexts();
  // more than there are places
  const values = Array.from({ length: 5_000 }, (_, index) => `text ${index}`);
  for (const value of [...values, ...values]) expect(texts.read(Buffer.from(value), 0, value.length)).toBe(value);
});
