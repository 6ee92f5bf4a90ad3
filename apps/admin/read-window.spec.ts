import { expect, test } from '@jest/globals';
import { planWindow } from './read-window.js';
import { messagesQuery } from './requests.js';

const offsets = new Map([
  [0, { low: 0n, high: 1000n }],
  [1, { low: 990n, high: 1000n }],
]);
const plan = (query: object) => [...planWindow(offsets, messagesQuery.parse(query))];

test('reads the newest messages of each partition, never below what is there', () => {
  expect(plan({ limit: '50' })).toEqual([
    [0, { low: 950n, high: 1000n, first: 0n }],
    [1, { low: 990n, high: 1000n, first: 990n }],
  ]);
});

test('goes on before the offsets given, in the partitions that they name', () => {
  expect(plan({ limit: 10, before: '0:40' })).toEqual([[0, { low: 30n, high: 40n, first: 0n }]]);
  expect(plan({ limit: 10, before: '0:4' })).toEqual([[0, { low: 0n, high: 4n, first: 0n }]]);
  expect(plan({ partition: 1, limit: 5 })).toEqual([[1, { low: 995n, high: 1000n, first: 990n }]]);
});

test('a filter looks at more messages at once', () => {
  expect(plan({ key: 'A', partition: 0 })).toEqual([[0, { low: 0n, high: 1000n, first: 0n }]]);
});

test.each(['0', '0:', 'x:1', '0:1;1:2'])('refuses the place %p', (before) => {
  expect(messagesQuery.safeParse({ before }).success).toBe(false);
});
