import { describe, expect, test } from '@jest/globals';
import { parseInstant } from '#kernel';
import { toFindQueries } from './find-queries.js';

const asked = (q: string, more: object = {}): [string, object][] =>
  toFindQueries({ q, limit: 9, ...more }).map(({ by, query: { limit: _limit, fresh: _fresh, ...rest } }) => [by, rest]);

describe('what a text may be', () => {
  test.each<[string, [string, object][]]>([
    ['A-1', []],
    ['golden/price/A-1/4', []],
    ['4bf92f3577b34da6a3ce929d0e0e4736', [['trace', { trace: '4bf92f3577b34da6a3ce929d0e0e4736' }]]],
    ['4BF92F3577B34DA6A3CE929D0E0E4736', [['trace', { trace: '4bf92f3577b34da6a3ce929d0e0e4736' }]]],
    ['golden.price.v1', [['type', { type: 'golden.price.v1' }]]],
    [
      '2026-11-26 22:05',
      [['time', { from: parseInstant('2026-11-26T22:05:00Z'), until: parseInstant('2026-11-26T22:06:00Z') }]],
    ],
    [
      '2026-11-26T22:05:07+01:00',
      [['time', { from: parseInstant('2026-11-26T21:05:07Z'), until: parseInstant('2026-11-26T21:05:08Z') }]],
    ],
    ['2026-99-99 22:05', []],
  ])('%s', (q, more) => {
    expect(asked(q)).toEqual([['key', { key: q }], ['event', { event: q }], ...more]);
  });
});

test('filters stand in every question; without a text they are the question', () => {
  const from = parseInstant('2026-11-26T22:05:00Z');
  expect(asked('A-1', { type: 'golden.price.v1', from })).toEqual([
    ['key', { key: 'A-1', type: 'golden.price.v1', from }],
    ['event', { event: 'A-1', type: 'golden.price.v1', from }],
  ]);
  expect(asked('', { type: 'golden.price.v1' })).toEqual([['type', { type: 'golden.price.v1' }]]);
  expect(asked('', { from })).toEqual([['time', { from }]]);
});
