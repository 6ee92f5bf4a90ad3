import { expect, test } from '@jest/globals';
import { parseHubFile } from './parse-hub-file.js';

const HUB = `hub: { name: feeds }
systems:
  erp: { connector: sql, mode: observe, config: { url: x }, entities: { product: { source: p, key: [sku], fields: { brand: brand } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [brand] } } }
`;

test('feeds are named by entity, each once; without them there is none', () => {
  expect(parseHubFile(`${HUB}feeds: [product, price, product]\n`, { env: {} })).toMatchObject({
    file: { feeds: ['product', 'price'] },
  });
  const without = parseHubFile(HUB, { env: {} });
  expect('file' in without && without.file.feeds).toBeUndefined();
});

test('an empty list is a gateway that follows nothing', () => {
  expect(parseHubFile(`${HUB}feeds: []\n`, { env: {} })).toMatchObject({ file: { feeds: [] } });
});

test('an entity that there is not is a problem with its line', () => {
  expect(parseHubFile(`${HUB}feeds: [produkt]\n`, { env: {} })).toMatchObject({
    problems: [{ line: 5, message: 'Unknown entity "produkt".' }],
  });
});
