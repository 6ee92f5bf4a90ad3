import { expect, test } from '@jest/globals';
import { changedIn, fieldsOf } from './letter-fields.js';

const VALUE = {
  key: 'A',
  version: '9007199254740993',
  live: true,
  fields: { brand: null, 'a.b': 1 },
  list: [{ n: 2 }],
};

test('what can be edited of a value, by the path that an edit names', () => {
  expect(fieldsOf(VALUE)).toEqual([
    { path: 'key', value: 'A' },
    { path: 'version', value: '9007199254740993' },
    { path: 'live', value: 'true' },
    { path: 'fields.brand', value: null },
    { path: 'list.0.n', value: '2' },
  ]);
});

test('only what differs is an edit: a text, another one, or no value any more', () => {
  const edits = { key: 'A', live: 'false', version: null, 'fields.brand': '' };
  expect(changedIn(fieldsOf(VALUE), edits)).toEqual([
    { path: 'version', value: null },
    { path: 'live', value: 'false' },
    { path: 'fields.brand', value: '' },
  ]);
});
