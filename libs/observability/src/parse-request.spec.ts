import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { parseRequest } from './parse-request.js';

const schema = z.strictObject({ name: z.string().max(5), edits: z.array(z.object({ value: z.string().nullable() })) });

describe('parseRequest', () => {
  test('answers what a request says', () => {
    const sent = { name: 'a', edits: [{ value: null }, { value: 'b\n' }] };
    expect(parseRequest(schema, sent)).toEqual(sent);
  });

  test.each([
    ['another shape', { name: 'a long name', edits: 1 }, /edits/],
    ['a NUL character', { name: 'a\0', edits: [] }, /NUL/],
    ['one further inside', { name: 'a', edits: [{ value: 'b\0c' }] }, /NUL/],
  ])('refuses %s', (_what, sent, message) => {
    expect(() => parseRequest(schema, sent)).toThrow(
      expect.objectContaining({ code: 'HUB_REQUEST_INVALID', message: expect.stringMatching(message) }),
    );
  });
});
