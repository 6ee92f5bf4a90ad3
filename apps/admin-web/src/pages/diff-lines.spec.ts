import { expect, test } from '@jest/globals';
import { diffLines } from './diff-lines.js';

const marked = (before: string, after: string): string[] =>
  diffLines(before, after).map(({ kind, text }) => `${{ same: ' ', added: '+', removed: '-' }[kind]}${text}`);

test('says line by line what was removed and added, and keeps what is common', () => {
  expect(marked('a\nb\nc', 'a\nx\nc\nd')).toEqual([' a', '-b', '+x', ' c', '+d']);
  expect(marked('a\nb', 'a\nb')).toEqual([' a', ' b']);
  expect(marked('a\nb', 'b')).toEqual(['-a', ' b']);
});
