import { expect, test } from '@jest/globals';
import { Turns } from './turns.js';

test('one after the other, in order; an error goes to its own caller alone', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const piece = (name: string, error?: Error) => async (): Promise<string> => {
    seen.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(`${name} ends`);
    if (error) throw error;
    return name;
  };
  const asked = [turns.take(piece('a')), turns.take(piece('b', new Error('of b'))), turns.take(piece('c'))] as const;
  const settled = Promise.allSettled(asked);
  await turns.untilIdle();
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(await settled).toMatchObject([{ value: 'a' }, { reason: { message: 'of b' } }, { value: 'c' }]);
});
