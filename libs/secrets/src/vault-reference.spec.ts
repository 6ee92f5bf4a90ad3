import { expect, test } from '@jest/globals';
import { parseVaultReference } from './vault-reference.js';

test('a reference is a path below a mount, and a field', () => {
  expect(parseVaultReference('secret/data/erp#password')).toEqual({ path: 'secret/data/erp', field: 'password' });
  expect(parseVaultReference('kv/Lager Süd#api key#1')).toEqual({ path: 'kv/Lager Süd', field: 'api key#1' });
});

test.each([
  ...['', 'secret/data/erp', 'secret/data/erp#', '#password', 'secret#password'],
  ...['/secret/erp#p', 'secret/erp/#p', 'secret//erp#p', 'secret/../sys/seal#p', 'secret/./erp#p'],
  ...['secret/erp?version=1#p', 'secret/%2e%2e/erp#p', 'secret\\erp/x#p', 'secret/e\nrp#p'],
])('%j is none', (text) => {
  expect(parseVaultReference(text)).toBeNull();
});
