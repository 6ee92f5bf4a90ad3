import { describe, expect, test } from '@jest/globals';
import { findDocChanges, judgeSchema, SchemaMistake } from './index.js';

interface Field {
  readonly name: string;
  readonly type: string;
  readonly doc?: string;
  readonly pii?: string;
  readonly default?: unknown;
}
const aRecord = (fields: readonly Field[], doc = 'A price.') => ({
  type: 'record',
  name: 'Price',
  namespace: 'x',
  doc,
  fields,
});
const amount = { name: 'amount', type: 'int', doc: 'Cents.' };
const text = (...fields: readonly Field[]): string => JSON.stringify(aRecord(fields));

describe('a schema against every version', () => {
  const versions = [
    { version: 1, schema: text(amount) },
    { version: 2, schema: text(amount, { name: 'list', type: 'string', default: '' }) },
  ];

  test('is compatible when it is with each, and says of each what changed', () => {
    const judged = judgeSchema(
      versions,
      text({ ...amount, doc: 'In cents.' }, { name: 'tax', type: 'int', default: 0 }),
    );
    expect(judged.map(({ version, isCompatible }) => [version, isCompatible])).toEqual([
      [2, true],
      [1, true],
    ]);
    expect(judged[0]?.changes.map(({ path, change }) => `${path}: ${change}`)).toEqual([
      'Price.tax: field added, with a default',
      'Price.list: field removed, it had a default',
      'Price.amount: documentation changed',
    ]);
  });

  test('breaks when an older version breaks, though the newest does not', () => {
    const judged = judgeSchema(
      [
        { version: 1, schema: text({ ...amount, type: 'string' }) },
        { version: 2, schema: text(amount) },
      ],
      text(amount),
    );
    expect(judged.map(({ isCompatible }) => isCompatible)).toEqual([true, false]);
    expect(judged[1]?.changes[0]).toMatchObject({ path: 'Price.amount', breaks: ['new readers', 'old readers'] });
  });

  test('what is no schema is a mistake', () => {
    expect(() => judgeSchema(versions, '{')).toThrow(SyntaxError);
    expect(() =>
      judgeSchema(versions, '{"type":"record","name":"R","fields":[{"name":"f","type":"Nowhere"}]}'),
    ).toThrow(SchemaMistake);
    expect(() => judgeSchema(versions, '{"type":"record","name":"R","fields":[{"name":"f"}]}')).toThrow(SchemaMistake);
  });
});

test('a personal mark that comes or goes is told, also in a record that mentions itself', () => {
  const mail: Field = { name: 'mail', type: 'string' };
  expect(
    findDocChanges(aRecord([mail, { name: 'next', type: 'Price' }]), aRecord([{ ...mail, pii: 'email' }], 'New.')),
  ).toEqual([
    expect.objectContaining({ path: 'Price', change: 'documentation changed', breaks: [] }),
    expect.objectContaining({ path: 'Price.mail', change: 'personal mark changed from none to email', breaks: [] }),
  ]);
});
