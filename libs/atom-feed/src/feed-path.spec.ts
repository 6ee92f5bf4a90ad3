import { expect, test } from '@jest/globals';
import { entryId, toArchiveDocument, toCurrentDocument } from './atom-document.js';
import { entityOfFeed, readFeedPath, toFeedPath, type FeedPath } from './feed-path.js';

test('a feed is found by entity and name only', () => {
  expect(readFeedPath('stock-level', 'acme')).toBe('stock-level/acme');
  for (const [entity, name] of [
    ['produkt', 'acme'],
    ['toString', 'acme'],
    ['product', 'archive'],
    ['product', ''],
    ['product', 'a/b'],
    ['product', 'a\0'],
  ] as const)
    expect(readFeedPath(entity, name)).toBeNull();
  expect((['product', 'product/acme'] as const).map(entityOfFeed)).toEqual(['product', 'product']);
});

test('ids of a part are those of no other feed, whatever the keys are', () => {
  const idsOf = (feed: FeedPath): readonly string[] =>
    ['acme', 'acme/1', ':acme', '1'].map((key) => entryId({ hub: 'h', feed }, key));
  const part = toFeedPath({ entity: 'product', name: 'acme' });
  const ids = [...idsOf('product'), ...idsOf(part), ...idsOf('product/other')];
  const [feedId] = /tag:[^<]+/.exec(toCurrentDocument({ hub: 'h', feed: part }, HEAD, [], (fields) => fields)) ?? [];
  expect(new Set([...ids, feedId]).size).toBe(ids.length + 1);
});

test.each([
  ['product', 'https://hub/feeds/product'],
  ['product/acme', 'https://hub/feeds/product/acme'],
] as const)('links of %s lead to its own documents', (feed, url) => {
  const names = { hub: 'h', feed };
  const current = toCurrentDocument(names, { ...HEAD, last: 2_000n }, [], (fields) => fields);
  expect(linksOf(current, url)).toEqual({ self: url, current: url, 'prev-archive': `${url}/archive/2` });
  const archive = toArchiveDocument(names, 2n, [], (fields) => fields);
  expect(linksOf(archive, `${url}/archive/2`)).toEqual({
    ...{ self: `${url}/archive/2`, current: url },
    ...{ 'prev-archive': `${url}/archive/1`, 'next-archive': `${url}/archive/3` },
  });
});

const HEAD = { topic: 'golden.product.v1', last: 0n, positions: [] };

function linksOf(document: string, base: string): Readonly<Record<string, string>> {
  const links = document.matchAll(/<link rel="([^"]+)" href="([^"]+)"/g);
  const found = [...links].map(([, rel = '', href = '']): [string, string] => [rel, new URL(href, base).href]);
  return Object.fromEntries(found);
}
