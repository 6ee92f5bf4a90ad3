import { expect, test } from '@jest/globals';
import { findSchemaMistake } from './schema-mistake.js';

const record = (...fields: object[]): string => JSON.stringify({ type: 'record', name: 'R', fields });

test.each([
  ['', 'JSON'],
  ['{', 'JSON'],
  ['"string"', 'An event is a record'],
  ['["null", "string"]', 'An event is a record'],
  ['{ "type": "fixed", "name": "F", "size": 4 }', 'fixed'],
  [record({ name: 'f', type: 'Nowhere' }), 'Nowhere'],
  [record({ name: 'f', type: 'int', default: 'x' }), 'default'],
  [record({ name: 'f g', type: 'int' }), 'name'],
  [record({ name: '__proto__', type: 'int' }), 'reserved'],
  [record({ name: 'f', type: 'int' }, { name: 'f', type: 'int' }), 'f'],
  [record({ name: 'f', type: { type: 'bytes', logicalType: 'decimal', precision: 4, scale: 9 } }), 'decimal'],
])('says what is wrong with %j', (text, word) => {
  expect(findSchemaMistake(text)).toContain(word);
});

test('has nothing to say of a record', () => {
  expect(findSchemaMistake(record({ name: 'f', type: ['null', 'int'], default: null }))).toBeNull();
});
