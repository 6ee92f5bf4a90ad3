import { describe, expect, test } from '@jest/globals';
import { AVRO_SCHEMAS } from '#contracts';
import { checkSchema as checkWith, findChanges } from './check-schema.js';

const TYPE = 'io.plumbline.price.v1.PriceChanged';
interface RecordJson {
  readonly fields: readonly object[];
}
const registered = AVRO_SCHEMAS[TYPE];
const schema = JSON.parse(registered) as RecordJson;
const versions = [{ version: 1, id: 7, schema: registered }];
const withField = (field: object): string => JSON.stringify({ ...schema, fields: [...schema.fields, field] });

/** What the adapter finds in a text is tested there: here JSON alone. */
function findMistake(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch {
    return 'no JSON';
  }
}
const checkSchema = (text: string): ReturnType<typeof checkWith> =>
  checkWith(text, { type: TYPE, versions, findMistake });

describe('a schema that somebody wants to register', () => {
  test('is compatible when it adds a field with a default', () => {
    const check = checkSchema(withField({ name: 'x', type: ['null', 'int'], default: null }));
    expect(check).toMatchObject({ mistake: null, isCompatible: true, sameAs: null });
    expect(check.versions[0]?.changes.map(({ change }) => change)).toEqual(['field added, with a default']);
  });

  test('breaks when it adds one without, and is told where and what to do', () => {
    const check = checkSchema(withField({ name: 'x', type: 'int' }));
    expect(check.isCompatible).toBe(false);
    expect(check.versions[0]?.changes[0]).toMatchObject({
      ...{ path: 'PriceChanged.x', change: 'field added without a default', breaks: ['new readers'] },
      advice: expect.stringContaining('give it a default') as unknown,
    });
  });

  test('is recognised when it is there already, whatever its spacing', () => {
    expect(checkSchema(JSON.stringify(schema, null, 4))).toMatchObject({
      sameAs: 1,
      isCompatible: true,
    });
  });

  test.each([
    ['no JSON', '{', 'JSON'],
    ['of another name', JSON.stringify({ type: 'record', name: 'Other', fields: [] }), 'called Other'],
    [
      'of another namespace',
      registered.replace('io.plumbline.price.v1"', 'io.other.v1"'),
      'called io.other.v1.PriceChanged',
    ],
  ])('is a mistake when it is %s', (_what, text, word) => {
    const check = checkSchema(text);
    expect(check).toMatchObject({ isCompatible: false, versions: [] });
    expect(check.mistake).toContain(word);
  });
});

test('versions are compared by their numbers, and one that there is not is said', () => {
  const two = [...versions, { version: 2, id: 8, schema: withField({ name: 'x', type: 'int', default: 0 }) }];
  expect(findChanges(two, { version: 1, of: 2 })).toMatchObject({ version: 1, of: 2, isCompatible: true });
  expect(() => findChanges(two, { version: 1, of: 3 })).toThrow('no version 3');
});
