import { expect, test } from '@jest/globals';
import { startParts } from './closers.js';

test('what was started is ended once, the last one first', async () => {
  const ended: string[] = [];
  const app = await startParts(async (closers) => {
    for (const part of ['database', 'relay']) closers.add(async () => ended.push(part));
    return { url: 'u' };
  });
  expect([app.url, ended]).toEqual(['u', []]);
  await app.close();
  await app.close();
  expect(ended).toEqual(['relay', 'database']);
});

test('when a part fails, those before it are ended, and its error is thrown', async () => {
  const ended: string[] = [];
  const starting = startParts(async (closers) => {
    closers.add(async () => ended.push('database'));
    throw new Error('planted');
  });
  await expect(starting).rejects.toThrow('planted');
  expect(ended).toEqual(['database']);
});
