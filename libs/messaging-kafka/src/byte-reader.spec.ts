import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ByteReader } from './byte-reader.js';
import { ByteWriter } from './byte-writer.js';

const written = (write: (writer: ByteWriter) => void): Buffer => {
  const writer = new ByteWriter(1);
  write(writer);
  return Buffer.from(writer.view());
};

test('reads what ByteWriter writes', () => {
  const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const long = fc.integer({ min: -(2 ** 52), max: 2 ** 52 - 1 }); // its zigzag is a safe integer, too
  fc.assert(
    fc.property(int32, long, fc.string({ unit: 'binary' }), (varint, varlong, text) => {
      const bytes = written((writer) => {
        writer.varint(varint);
        writer.varlong(varlong);
        writer.string(text);
        writer.int64(BigInt(varlong));
      });
      const reader = new ByteReader(bytes);
      expect([reader.varint(), reader.varlong(), reader.string(), reader.int64()]).toEqual([
        ...[varint, varlong, Buffer.from(text).toString(), BigInt(varlong)],
      ]);
      expect(reader.left).toBe(0);
    }),
  );
});

test.each([
  ['a varint without end', 'varint', 'ffffffffff01'],
  ['a varint that is cut off', 'varint', 'ffff'],
  ['a varlong without end', 'varlong', 'ffffffffffffffffffff01'],
  ['a varlong beyond what is exact', 'varlong', 'ffffffffffffffff7f'],
  ['a varlong that is cut off', 'varlong', '80'],
  ['an int64 that is cut off', 'int64', '00'],
  ['a text longer than what is left', 'string', '000461'],
  ['a text of negative length', 'string', 'ffff61'],
] as const)('refuses %s', (_what, type, hex) => {
  expect(() => new ByteReader(Buffer.from(hex, 'hex'))[type]()).toThrow(RangeError);
});
