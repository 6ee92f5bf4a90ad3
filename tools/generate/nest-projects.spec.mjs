import { expect, test } from '@jest/globals';

import { nestCli } from './nest-projects.mjs';

test('lists libraries, then programs, each entered by the file in its folder', () => {
  const { root, projects } = nestCli([['libs', 'libs']], [['sql', 'connectors/sql']]);
  expect(root).toBe('connectors/sql');
  expect(Object.keys(projects)).toEqual(['libs', 'sql']);
  expect(projects.sql).toEqual({
    type: 'application',
    root: 'connectors/sql',
    entryFile: 'main',
    sourceRoot: 'connectors/sql',
  });
});

test('a tree without programs has the libraries as its default project', () => {
  expect(nestCli([['libs', 'libs']], []).root).toBe('libs');
});
