import { describe, expect, test } from '@jest/globals';
import { editRecord } from './edit-record.js';

const record = { key: 'P-1', sequence: 7n, fields: { brand: null, count: 3, active: true, names: { de: 'a' } } };

describe('an edit of a record', () => {
  test('keeps the types, tells what it changes, and leaves the original alone', () => {
    const edits = [
      { path: 'fields.brand', value: 'Böhm' },
      { path: 'fields.count', value: '4' },
      { path: 'fields.active', value: 'false' },
      { path: 'fields.names.de', value: null },
      { path: 'sequence', value: '8' },
      { path: 'key', value: 'P-1' },
    ];
    const { record: edited, changes } = editRecord(record, edits);
    expect(edited).toEqual({
      ...record,
      sequence: 8n,
      fields: { brand: 'Böhm', count: 4, active: false, names: { de: null } },
    });
    expect(changes[0]).toEqual({ path: 'fields.brand', from: 'null', to: '"Böhm"' });
    expect(changes).toHaveLength(5);
    expect(record.fields.brand).toBeNull();
  });

  test.each([
    ['a path that there is not', 'fields.colour', 'x'],
    ['a path into a text', 'key.length', '1'],
    ['a prototype', '__proto__.polluted', 'x'],
    ['a number that is none', 'fields.count', 'four'],
    ['a whole number that is none', 'sequence', '1.5'],
    ['a record as a text', 'fields.names', 'x'],
  ])('refuses %s', (_name, path, value) => {
    const edit = (): unknown => editRecord(record, [{ path, value }]);
    expect(edit).toThrow(expect.objectContaining({ code: 'HUB_REQUEST_INVALID' }));
  });
});
