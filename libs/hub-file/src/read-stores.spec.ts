import { expect, test } from '@jest/globals';
import { describeProblem, parseHubFile } from './index.js';
import { parsingWith } from './parsing-with.js';

const HUB = `hub: { name: demo }
systems:
  erp: { connector: sql, entities: { product: { source: products, key: [sku], fields: { ean: ean } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`;
const STORES = `stores:
  shop: { url: '\${SHOP_URL}' }
  pos: { url: 'postgres://pos:\${POS_PASSWORD}@pos.local/pos', schema: seeded }
`;
const env = { SHOP_URL: 'postgres://shop:s3cret@db.local:5433/shop', POS_PASSWORD: 'p0s' };

const { parse, problems } = parsingWith(env);

test('stores are read with their address by reference; without them there is none', () => {
  expect(parse(`${HUB}${STORES}`).stores).toEqual([
    { name: 'shop', url: env.SHOP_URL, schema: 'public' },
    { name: 'pos', url: 'postgres://pos:p0s@pos.local/pos', schema: 'seeded' },
  ]);
  expect(parse(HUB).stores).toBeUndefined();
});

test('an address that is not set here is kept as it stands, for tools that open no store', () => {
  const result = parseHubFile(`${HUB}${STORES}`, { env: {}, unsetVariables: 'keep' });
  expect(result).toMatchObject({ file: { stores: [{ url: '${SHOP_URL}' }, {}] } });
});

test.each([
  ["'${SHOP_URL}'", "'postgres://shop:s3cret@db.local/shop'", 'A password does not stand in the hub file.'],
  ["'${SHOP_URL}'", 'https://s3cret.local', 'This is no address of a PostgreSQL database.'],
  ["'${SHOP_URL}'", "'${NOBODY_SET_IT}'", 'The environment variable NOBODY_SET_IT is not set.'],
  ['seeded', '"a b"', 'This is not valid here.'],
  ['shop:', 'Shop:', `"Shop" can't be the name of a store.`],
  ['schema', 'shcema', 'Unknown field "shcema".'],
])('%s as %s is a problem that repeats no value', (from, to, message) => {
  const found = problems(`${HUB}${STORES.replace(from, to)}`).map(describeProblem);
  expect(found).toEqual([expect.stringContaining(message)]);
  expect(found.join()).not.toMatch(/s3cret|p0s/);
});
