import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeHeaders, encodeHeaders, type EncodedHeaders } from './message-headers.js';

test('headers are written as in a record batch', () => {
  expect(encodeHeaders({}).toString('hex')).toBe('00');
  expect(encodeHeaders({ a: '1', ü: '', n: null }).toString('hex')).toBe(
    '06' + '0261' + '0231' + '04c3bc' + '00' + '026e' + '01',
  );
});

test('a value longer than a short varint says so in two bytes', () => {
  const block = encodeHeaders({ k: 'x'.repeat(64) });
  expect(block.subarray(0, 5).toString('hex')).toBe('02026b8001');
  expect(block).toHaveLength(5 + 64);
});

test('a header may have any name', () => {
  const headers = JSON.parse('{"__proto__":"x","constructor":null}') as Record<string, string | null>;
  expect(Object.entries(decodeHeaders(encodeHeaders(headers)))).toEqual(Object.entries(headers));
});

test('what is encoded is decoded again', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 200 });
  fc.assert(
    fc.property(fc.dictionary(text, fc.option(text), { noNullPrototype: true }), (headers) => {
      expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers);
    }),
  );
});

test('headers larger than the room kept for them are encoded too', () => {
  const headers = { small: '1', large: 'ä'.repeat(10_000), last: '2' };
  expect(decodeHeaders(encodeHeaders(headers))).toEqual(headers);
});

test('a block that ends too early is refused', () => {
  const block = encodeHeaders({ name: 'value' });
  expect(() => decodeHeaders(block.subarray(0, block.length - 1) as EncodedHeaders)).toThrow('ends too early');
});
