import { describe, expect, test } from '@jest/globals';
import { AVRO_SCHEMAS } from '#contracts';
import { parseForeignSchema, SCHEMA_LIMITS } from './foreign-schema.js';

const record = (fields: readonly unknown[], more = {}) => ({ type: 'record', name: 'R', fields, ...more });
const field = (type: unknown, name = 'f') => ({ name, type });
const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));
const nested = (depth: number): unknown => {
  let type: unknown = 'int';
  for (let level = 0; level < depth; level += 1) type = { type: 'array', items: type };
  return type;
};
const decimal = (precision: unknown, scale?: unknown) => ({ type: 'bytes', logicalType: 'decimal', precision, scale });
const beyond = (limit: keyof typeof SCHEMA_LIMITS) => ({ details: expect.objectContaining({ limit }) });
const says = (text: string) => ({ message: expect.stringContaining(text) });

describe('parseForeignSchema', () => {
  test.each(Object.entries(AVRO_SCHEMAS))('lets %s pass', (_name, text) => {
    expect(parseForeignSchema(text)).toEqual(JSON.parse(text));
  });

  test.each<[string, unknown, object]>([
    ['too long', record([], { doc: 'x'.repeat(SCHEMA_LIMITS.characters) }), beyond('characters')],
    ['too deep', nested(SCHEMA_LIMITS.depth + 1), beyond('depth')],
    [
      'too many types',
      many(201, (at) => ({ type: 'fixed', name: `F${at}`, size: 1 })).map((type) => field(type)),
      beyond('branches'),
    ],
    [
      'too many named types',
      record(many(201, (at) => field({ type: 'fixed', name: `F${at}`, size: 1 }, `f${at}`))),
      beyond('namedTypes'),
    ],
    ['too many fields', record(many(2_001, (at) => field('int', `f${at}`))), beyond('fields')],
    ['too many symbols', { type: 'enum', name: 'E', symbols: many(5_001, (at) => `S${at}`) }, beyond('symbols')],
    ['too many branches', many(65, () => 'int'), beyond('branches')],
    ['a huge fixed', { type: 'fixed', name: 'F', size: 2 ** 31 }, beyond('fixedBytes')],
    ['a negative fixed', { type: 'fixed', name: 'F', size: -1 }, beyond('fixedBytes')],
    ['a huge precision', decimal(2 ** 30, 0), beyond('precision')],
    ['a scale above the precision', decimal(4, 1e9), says('sound precision')],
    ['a negative scale', decimal(4, -1), says('sound precision')],
    ['a decimal without precision', decimal(undefined), says('sound precision')],
    ['recursion', record([field(['null', 'R'])]), says('recursive')],
    ['recursion by full name', record([field({ type: 'array', items: 'x.R' })], { namespace: 'x' }), says('recursive')],
    ['recursion through another type', record([field(record([field('R')], { name: 'S' }))]), says('recursive')],
    ['code as a name', record([], { name: 'R(){};process.exit()//' }), says('none in Avro')],
    ['code as the name of a field', record([field('int', 'a;b')]), says('none in Avro')],
    ['a name that is no text', record([], { name: 7 }), says('none in Avro')],
    ['a field named __proto__', record([field('int', '__proto__')]), says('reserved')],
    ['a field named constructor', record([field('int', 'constructor')]), says('reserved')],
    ['a number in place of a type', record([field(3)]), says('no type')],
    ['null', null, says('no type')],
  ])('refuses %s', (_what, schema, detail) => {
    const refusal = { code: 'HUB_SCHEMA_UNSAFE', disposition: 'park', ...detail };
    expect(() => parseForeignSchema(JSON.stringify(schema))).toThrow(expect.objectContaining(refusal));
  });

  test('refuses what is so deep that no stack would take it', () => {
    const text = `${'['.repeat(100_000)}"int"${']'.repeat(100_000)}`;
    const refusal = { code: 'HUB_SCHEMA_UNSAFE', ...beyond('depth') };
    expect(() => parseForeignSchema(text)).toThrow(expect.objectContaining(refusal));
  });

  test('refuses what is no JSON', () => {
    expect(() => parseForeignSchema('{')).toThrow(expect.objectContaining({ code: 'HUB_SCHEMA_UNSAFE' }));
  });

  test('a type that is used twice is no recursion', () => {
    const hash = { type: 'record', name: 'H', fields: [] };
    expect(() => parseForeignSchema(JSON.stringify(record([field(hash), field('H', 'g')])))).not.toThrow();
  });
});
