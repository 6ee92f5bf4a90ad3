import { expect, test } from '@jest/globals';
import type { CanonicalValue } from '#kernel';
import { copyText } from './copy-text.js';

test.each<readonly [string, CanonicalValue, string]>([
  ['nothing', null, '\\N'],
  ['a text that looks like nothing', '\\N', '\\\\N'],
  ['an end of data', '\\.', '\\\\.'],
  ['delimiters and line ends', 'a\tb\nc\rd', 'a\\tb\\nc\\rd'],
  ['an empty text', '', ''],
  ['a decimal', '0.0125', '0.0125'],
  ['a truth', false, 'false'],
  ['texts by language, their JSON escaped once more', { de: 'a\n"b' }, '{"de":"a\\\\n\\\\"b"}'],
])('writes %s as COPY reads it', (_name, value, text) => {
  expect(copyText(value)).toBe(text);
});
