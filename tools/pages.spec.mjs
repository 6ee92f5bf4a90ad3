import { expect, test } from '@jest/globals';

import { isPageSource } from './pages.mjs';

test('code, styles, pages and pictures make the pages; specs and texts do not', () => {
  const names = ['a.tsx', 'a.ts', 'a.css', 'index.html', 'a.svg', 'tsconfig.json', 'a.spec.tsx', 'README.md'];
  expect(names.filter(isPageSource)).toEqual(['a.tsx', 'a.ts', 'a.css', 'index.html', 'a.svg', 'tsconfig.json']);
});
