import { expect, test } from '@jest/globals';

import { fillIn, findNameProblem, makeSkeleton } from './new-connector/skeleton.mjs';

test.each(['acme', 'acme-shop', 'sap-r3'])('%s may be the name of a connector', (name) => {
  expect(findNameProblem(name, ['sql'])).toBeNull();
});

test.each([undefined, '', 'Acme', 'acme_shop', '-acme', 'acme-', '3com', '../acme', 'sql', 'a'.repeat(33)])(
  '%p may not',
  (name) => {
    expect(findNameProblem(name, ['sql'])).toMatch(/\w/);
  },
);

test('a word is put in wherever it stands', () => {
  expect(fillIn('__Name__ = new __Name__Client(__NAME___URL)', { Name: 'Acme', NAME: 'ACME' })).toBe(
    'Acme = new AcmeClient(ACME_URL)',
  );
});

test('the skeleton has six files, and no word is left open', () => {
  const files = makeSkeleton('acme-shop', 'connectors/acme-shop');
  expect(Object.keys(files)).toEqual([
    'main.ts',
    'connector.ts',
    'client.ts',
    'mapping.ts',
    'acme-shop.conformance.spec.ts',
    'README.md',
  ]);
  for (const text of Object.values(files)) expect(text).not.toMatch(/__\w+?__/);
  expect(files['connector.ts']).toContain('export const acmeShopConnector');
});
