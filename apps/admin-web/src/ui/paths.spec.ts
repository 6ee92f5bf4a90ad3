import { expect, test } from '@jest/globals';
import { entityOfTopic, messagePath, searchPath } from './paths.js';

test('a message is the first one before the next offset, whatever the name of its topic', () => {
  const place = { topic: 'a b/c', partition: 2, offset: '9007199254740993' };
  expect(messagePath(place)).toBe('/topics/a%20b%2Fc?partition=2&before=2:9007199254740994');
  expect(searchPath('golden/price/A-1|x/4&q=<b>')).toBe('/search?q=golden%2Fprice%2FA-1%7Cx%2F4%26q%3D%3Cb%3E');
});

test('only topics of records have an entity', () => {
  expect(['p.golden.price.v1', 'golden.stock-level.history.v1', 'p.erp.price.changed.v1'].map(entityOfTopic)).toEqual([
    ...['price', 'stock-level', 'price'],
  ]);
  expect(['hub.drift.v1', 'golden.dead-letter.v1', 'x'].map(entityOfTopic)).toEqual([null, null, null]);
});
