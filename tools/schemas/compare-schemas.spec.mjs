import { describe, expect, test } from '@jest/globals';
import avsc from 'avsc';
import fc from 'fast-check';

import { AVRO_CASES, LOGICAL_CASES } from './change-cases.mjs';
import { compareSchemas, NEW_READERS, OLD_READERS } from '../../libs/schema-changes/src/index.js';

const DIRECTIONS = { new: NEW_READERS, old: OLD_READERS };

/** Readers that break, by us. */
function broken(released, current) {
  const breaks = compareSchemas(released, current).flatMap((finding) => finding.breaks);
  return Object.values(DIRECTIONS).filter((direction) => breaks.includes(direction));
}

/** Readers that break, by avsc's own resolver: who knows nothing of our rules. */
function brokenByAvsc(released, current) {
  const [past, present] = [released, current].map((schema) => avsc.Type.forSchema(schema, { wrapUnions: true }));
  const cannot = (reader, writer) => {
    try {
      reader.createResolver(writer);
      return false;
    } catch {
      return true;
    }
  };
  return [...(cannot(present, past) ? [NEW_READERS] : []), ...(cannot(past, present) ? [OLD_READERS] : [])];
}

describe('compareSchemas', () => {
  test.each(AVRO_CASES)('%s', (...row) => {
    const [, released, current, breaks, words] = row;
    const wanted = breaks.map((name) => DIRECTIONS[name]);
    expect(broken(released, current)).toEqual(wanted);
    expect(brokenByAvsc(released, current)).toEqual(wanted);
    const findings = compareSchemas(released, current);
    if (words === undefined) expect(findings).toEqual([]);
    else expect(findings.map(({ change }) => change).join('; ')).toContain(words);
    // Whoever reads a finding knows where it is and what to do.
    for (const { path, breaks: readers, advice } of findings) {
      expect(path).not.toBe('');
      expect(advice !== '').toBe(readers.length > 0);
    }
  });

  test.each(LOGICAL_CASES)('logical type: %s', (_what, released, current, words) => {
    expect(brokenByAvsc(released, current)).toEqual([]);
    expect(compareSchemas(released, current)).toEqual([
      expect.objectContaining({
        path: expect.stringMatching(/^(R\.f|Hash)$/),
        breaks: [NEW_READERS, OLD_READERS],
        change: expect.stringContaining(words),
      }),
    ]);
  });

  test('says where: the type that holds it, and the way from there', () => {
    const line = (items) => ({
      type: 'record',
      name: 'Line',
      fields: [{ name: 'tags', type: { type: 'array', items } }],
    });
    const order = (items) => ({
      type: 'record',
      name: 'Order',
      namespace: 'x',
      fields: [{ name: 'lines', type: { type: 'map', values: line(items) } }],
    });
    expect(compareSchemas(order('int'), order('string'))).toEqual([
      expect.objectContaining({ owner: 'x.Line', path: 'Line.tags[]', change: 'type changed from int to string' }),
    ]);
  });

  test('a type that is mentioned but not defined, or defined twice, is no schema', () => {
    const twice = [
      { type: 'fixed', name: 'A', size: 1 },
      { type: 'array', items: { type: 'fixed', name: 'A', size: 1 } },
    ];
    expect(() => compareSchemas('Nothing', 'Nothing')).toThrow('mentions Nothing');
    expect(() => compareSchemas(twice, twice)).toThrow('defines A twice');
  });

  test('agrees with avsc on any edit of any schema', () => {
    let breaking = 0;
    fc.assert(
      fc.property(anyParts, anyParts, anyChoice, (parts, others, changed) => {
        const edited = { ...parts, ...Object.fromEntries(changed.map((name) => [name, others[name]])) };
        const [released, current] = [toSchema(parts), toSchema(edited)];
        const wanted = brokenByAvsc(released, current);
        breaking += wanted.length > 0 ? 1 : 0;
        expect(broken(released, current)).toEqual(wanted);
      }),
      { numRuns: 600 },
    );
    // The comparison says something only if both answers occur.
    expect(breaking).toBeGreaterThan(60);
    expect(breaking).toBeLessThan(540);
  });
});

const primitive = fc.constantFrom('null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string');
const symbols = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 });
const enumeration = symbols.chain((names) =>
  fc
    .constantFrom(undefined, names[0])
    .map((byDefault) => ({ type: 'enum', name: 'E', symbols: names, default: byDefault })),
);
const leaf = fc.oneof(
  { weight: 4, arbitrary: primitive },
  { weight: 2, arbitrary: enumeration },
  { weight: 1, arbitrary: fc.constantFrom(1, 2).map((size) => ({ type: 'fixed', name: 'F', size })) },
);
/** Unions hold primitives only: a named type must not be defined twice in one schema. */
const union = fc.uniqueArray(primitive, { minLength: 1, maxLength: 4 });
const type = fc.oneof(
  { weight: 3, arbitrary: leaf },
  { weight: 2, arbitrary: union },
  { weight: 1, arbitrary: union.map((items) => ({ type: 'array', items })) },
  { weight: 1, arbitrary: leaf.map((values) => ({ type: 'map', values })) },
);
const plainField = fc.constantFrom({ type: 'int' }, { type: 'int', default: 0 }, { type: 'long', default: 1 });
const anyParts = fc.record({ f: type, g: fc.option(plainField), h: fc.option(plainField), alias: fc.boolean() });
/** Which parts an edit changes: few, so that the two schemas are often nearly the same. */
const anyChoice = fc.uniqueArray(fc.constantFrom('f', 'g', 'h', 'alias'), { minLength: 1, maxLength: 2 });
const toSchema = ({ f, g, h, alias }) => ({
  type: 'record',
  name: 'R',
  fields: [
    { name: 'f', type: f },
    ...(g ? [{ name: 'g', ...g }] : []),
    ...(h ? [{ name: 'h', ...h, ...(alias && !g ? { aliases: ['g'] } : {}) }] : []),
  ],
});
