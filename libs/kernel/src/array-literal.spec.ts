import { describe, expect, test } from '@jest/globals';
import { toArrayLiteral, withArrayLiterals } from './array-literal.js';

describe('array literals of PostgreSQL', () => {
  test.each([
    [['a', 'A-1', 'ÄÖ„ü“', '-'], '{a,A-1,ÄÖ„ü“,-}'],
    [['', 'null', 'NULL', 'nullify'], '{"","null","NULL",nullify}'],
    [
      ['a b', 'a,b', '{a}', 'tab\there', 'line\nbreak', '\u00a0'],
      '{"a b","a,b","{a}","tab\there","line\nbreak","\u00a0"}',
    ],
    [['say "hi"', 'back\\slash', '\\"'], '{"say \\"hi\\"","back\\\\slash","\\\\\\""}'],
    [[1, -2.5, 3n, true, false, null, undefined], '{1,-2.5,3,true,false,NULL,NULL}'],
    [[], '{}'],
  ])('%j', (values, literal) => expect(toArrayLiteral(values)).toBe(literal));

  test('leaves what it does not know to the driver', () => {
    const bytes = [Buffer.from('a')];
    expect(toArrayLiteral(bytes)).toBe(bytes);
    expect(withArrayLiterals(['{a}', 1, null, ['a', 'b'], bytes])).toEqual(['{a}', 1, null, '{a,b}', bytes]);
  });
});
