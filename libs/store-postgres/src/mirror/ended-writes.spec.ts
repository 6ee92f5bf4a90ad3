import { expect, test } from '@jest/globals';
import { emptyRow, type Intent, type MirrorRow } from '#mirror';
import type { BusinessKey } from '#kernel';
import { parseEndedWrite, toEndedText } from './ended-writes.js';

const intent: Intent = {
  ...{ id: 'i', operation: 'update', fields: {}, goldenVersion: 7n, expectedVersion: null, openedAtMs: 1_000.4 },
};
const row = emptyRow('price', 'A-1' as BusinessKey, null);
const open: MirrorRow = { ...row, intent };

test('a write ends when its intent is closed: applied, rejected, or overtaken by somebody else', () => {
  expect(toEndedText({ before: open, row: { ...row, writtenVersion: 7n } })).toBe('7 update applied 1000');
  expect(toEndedText({ before: open, row: { ...row, attempts: 1 } })).toBe('7 update rejected 1000');
  expect(toEndedText({ before: open, row })).toBe('7 update overtaken 1000');
});

test('a row that is new, has no intent or keeps it ends no write', () => {
  expect([null, row, open].map((before) => toEndedText({ before, row: open }))).toEqual([null, null, null]);
  expect(toEndedText({ before: row, row: { ...row, writtenVersion: 7n } })).toBeNull();
});

test('what is kept is read again, and anything else is refused', () => {
  expect(parseEndedWrite('7 update applied 1000 1040')).toEqual({
    ...{ goldenVersion: 7n, operation: 'update', outcome: 'applied', openedAtMs: 1_000, endedAtMs: 1_040 },
  });
  for (const text of ['', '7 update applied 1000', 'x update applied 1 2'])
    expect(() => parseEndedWrite(text)).toThrow(expect.objectContaining({ code: 'HUB_INVARIANT_BROKEN' }));
});
