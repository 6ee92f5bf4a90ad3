import { expect, test } from '@jest/globals';

import { isBuilt, outputsOf } from './sources.mjs';

test('specs, declarations and pages are no part of the build; code and assets are', () => {
  const paths = ['a/b.ts', 'a/b.sql', 'demo/hub.yaml', 'a/b.spec.ts', 'a/b.int.spec.ts', 'a/b.d.ts', 'a/README.md'];
  expect(paths.filter(isBuilt)).toEqual(['a/b.ts', 'a/b.sql', 'demo/hub.yaml']);
});

test('code becomes a module and its source map, an asset is copied', () => {
  expect(outputsOf('a/b.ts')).toEqual(['a/b.js', 'a/b.js.map']);
  expect(outputsOf('a/b.sql')).toEqual(['a/b.sql']);
});
