import { expect, test } from '@jest/globals';
import { PageBuffers } from './page-buffers.js';

test('a page that was given back is used again, one that is out is not', () => {
  const pages = new PageBuffers();
  const first = pages.take();
  pages.lend(first.subarray(0, 10), 1n);
  const second = pages.take();
  expect(second.buffer).not.toBe(first.buffer);
  pages.lend(second.subarray(0, 10), 11n);
  pages.giveBack([11n, 12n]);
  expect(pages.take().buffer).toBe(second.buffer);
  expect(pages.take().buffer).not.toBe(first.buffer);
});

test('an empty page is free at once, and what was never lent is not taken back', () => {
  const pages = new PageBuffers();
  const page = pages.take();
  pages.giveBack([7n]);
  pages.lend(page.subarray(0, 21), null);
  expect(pages.take().buffer).toBe(page.buffer);
});

test('a page that a failed run read and the next read again comes back as the newer one', () => {
  const pages = new PageBuffers();
  const [failed, again] = [pages.take(), pages.take()];
  pages.lend(failed.subarray(0, 10), 1n);
  pages.lend(again.subarray(0, 10), 1n);
  pages.giveBack([1n]);
  expect(pages.take().buffer).toBe(again.buffer);
});
