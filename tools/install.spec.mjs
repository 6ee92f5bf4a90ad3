import { expect, test } from '@jest/globals';

import { isInstalled } from './install.mjs';

const locked = {
  '': { name: 'plumbline' },
  'node_modules/zod': { version: '4.6.7' },
  'node_modules/fsevents': { version: '2.3.3', optional: true },
};

test('is installed when every package is there in its locked version, optional ones of other platforms aside', () => {
  expect(isInstalled(locked, { 'node_modules/zod': { version: '4.6.7' } })).toBe(true);
});

test('is not installed when a package is missing or another version', () => {
  expect(isInstalled(locked, {})).toBe(false);
  expect(isInstalled(locked, { 'node_modules/zod': { version: '4.6.6' } })).toBe(false);
});
