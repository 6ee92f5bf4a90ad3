import { expect, test } from '@jest/globals';
import { describeProblem } from './index.js';
import { parsingWith } from './parsing-with.js';

const HUB = `hub: { name: demo }
systems:
  erp: { connector: sql, entities: { product: { source: products, key: [sku], fields: { ean: ean } } } }
survivorship: { product: { version: 1, create: [erp], owner: { erp: [ean] } } }
`;
const HOOK = `webhooks:
  crm-hook:
    url: https://hooks.example.com/\${HOOK_PATH}
    secrets: ['\${HOOK_SECRET}', '\${OLD_SECRET:-}']
    entities: [product]
    timeout: 5s
`;
const env = { HOOK_PATH: 'p4th', HOOK_SECRET: 's3cret' };

const { parse, problems } = parsingWith(env);

test('webhooks are read with secrets by reference; an old secret that is not set is none', () => {
  expect(parse(`${HUB}${HOOK}`).webhooks).toEqual([
    {
      ...{ name: 'crm-hook', url: 'https://hooks.example.com/p4th', secrets: ['s3cret'] },
      ...{ entities: ['product'], timeoutMs: 5_000, allowedHosts: [] },
    },
  ]);
  expect(parse(HUB).webhooks).toBeUndefined();
});

test.each([
  ["'${HOOK_SECRET}'", 's3cret', 'A secret does not stand in the hub file.'],
  ['https://hooks', 'ftp://hooks', 'This is no address.'],
  ['[product]', '[prodct]', 'Unknown entity "prodct".'],
  ['timeout: 5s', 'timeout: 1m', '"1m" is too long.'],
  ['crm-hook:', 'CRM:', `"CRM" can't be the name of a webhook.`],
])('%s as %s is a problem that repeats no value', (from, to, message) => {
  const found = problems(`${HUB}${HOOK.replace(from, to)}`).map(describeProblem);
  expect(found).toEqual([expect.stringContaining(message)]);
  expect(found.join()).not.toMatch(/s3cret|p4th/);
});
