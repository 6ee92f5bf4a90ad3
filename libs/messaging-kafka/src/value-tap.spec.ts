import { describe, expect, test } from '@jest/globals';
import avsc, { type Schema, type Type } from 'avsc';
import fc from 'fast-check';
import { ValueTap } from './value-tap.js';

const SCHEMA: Schema = {
  type: 'record',
  name: 'All',
  fields: [
    { name: 'int', type: 'int' },
    { name: 'long', type: 'long' },
    { name: 'text', type: 'string' },
    { name: 'maybe', type: ['null', 'string'] },
    { name: 'bytes', type: 'bytes' },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['a', 'b'] } },
    { name: 'ratio', type: 'double' },
    { name: 'yes', type: 'boolean' },
    { name: 'four', type: { type: 'fixed', name: 'Four', size: 4 } },
  ],
};
const type = avsc.Type.forSchema(SCHEMA);
const reader = type as unknown as { _read(tap: ValueTap): unknown };

const anyRecord = fc.record({
  int: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  long: fc.maxSafeInteger().map((long) => long % 2 ** 51),
  text: fc.string({ unit: 'grapheme' }),
  maybe: fc.option(fc.constantFrom('erp', 'C62', 'Größe')),
  bytes: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  kind: fc.constantFrom('a', 'b'),
  ratio: fc.double({ noNaN: true }),
  yes: fc.boolean(),
  four: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => Buffer.from(bytes)),
});

/** What reading gives: a value, or that it is refused. */
function outcomeOf(read: () => unknown): unknown {
  try {
    return { value: read() };
  } catch {
    return 'refused';
  }
}

describe('what avsc reads', () => {
  const tap = new ValueTap();

  function expectTheSame(bytes: Buffer, as: Type = type): void {
    const wanted = outcomeOf(() => as.fromBuffer(bytes));
    const found = outcomeOf(() => {
      tap.begin(Buffer.concat([Buffer.alloc(5), bytes]), 5);
      const value = reader._read(tap);
      tap.end();
      return value;
    });
    expect(found).toEqual(wanted);
  }

  test('any record, one after another', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 5 }), (records) => {
        for (const record of records) expectTheSame(type.toBuffer(record));
      }),
      { numRuns: 300 },
    );
  });

  test('what is cut off, goes on or is damaged is refused where avsc refuses it, and read as avsc reads it', () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.nat(3), more: fc.nat(2) });
    fc.assert(
      fc.property(anyRecord, change, (record, { at, to, cut, more }) => {
        const bytes = type.toBuffer(record);
        bytes[at % bytes.length] = to;
        expectTheSame(Buffer.concat([bytes.subarray(0, bytes.length - cut), Buffer.alloc(more, 7)]));
      }),
      { numRuns: 2_000 },
    );
  });

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => expectTheSame(Buffer.from(bytes))),
      { numRuns: 1_000 },
    );
  });
});
