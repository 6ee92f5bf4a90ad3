import { describe, expect, test } from '@jest/globals';
import { readAddress } from './seed-options.js';

describe('the target of a seed', () => {
  test.each([
    ['topic:team.products', { kind: 'topic', topic: 'team.products' }],
    ['feed:acme', { kind: 'feed', feed: 'stock-level/acme' }],
    ['feed:0-shop-de', { kind: 'feed', feed: 'stock-level/0-shop-de' }],
    [`feed:${'a'.repeat(63)}`, { kind: 'feed', feed: `stock-level/${'a'.repeat(63)}` }],
    ['jsonl:a:b.jsonl', { kind: 'json-lines', path: 'a:b.jsonl' }],
    ['postgres://u:p@h/d', { kind: 'postgres', url: 'postgres://u:p@h/d', schema: 'public', table: 'stock_level' }],
  ])('%s is understood', (to, address) => {
    expect(readAddress('stock-level', { to })).toEqual(address);
  });

  test.each([
    ['feed:archive'],
    ['feed:Acme'],
    ['feed:-acme'],
    ['feed:a/b'],
    ['feed:..'],
    ['feed:acme\n'],
    [`feed:${'a'.repeat(64)}`],
  ])('%j is refused with the rule of names', (to) => {
    expect(() => readAddress('product', { to })).toThrow(
      expect.objectContaining({ code: 'HUB_REQUEST_INVALID', message: expect.stringContaining('name of a feed') }),
    );
  });

  test.each([
    [{}, 'feed:NAME'],
    [{ to: 'feed:' }, 'feed:NAME'],
    [{ to: 'feeds:acme' }, 'feed:NAME'],
    [{ to: 'feed:acme', table: 'acme' }, '--table'],
  ])('%j is refused', (flags, words) => {
    expect(() => readAddress('product', flags)).toThrow(
      expect.objectContaining({ code: 'HUB_REQUEST_INVALID', message: expect.stringContaining(words) }),
    );
  });
});
