import { expect, test } from '@jest/globals';

import { composeVariables, envExample } from './configuration.mjs';

const compose = [
  'a: ${PASSWORD:?set it}',
  'b: ${LOG_LEVEL:-info}',
  'c: ${DATABASE_URL:-postgres://x:${PASSWORD:?set it}@h}',
  "d: 'echo $${HOME}'",
].join('\n');

test('finds what a compose file insists on, what it has a default for, also within a default', () => {
  expect(composeVariables(compose)).toEqual([
    { name: 'PASSWORD', isRequired: true, byDefault: '' },
    { name: 'LOG_LEVEL', isRequired: false, byDefault: 'info' },
    { name: 'DATABASE_URL', isRequired: false, byDefault: 'postgres://x:' },
  ]);
});

test('the example sets what is required, shows defaults as comments, and no secret', () => {
  const variable = (name, secret) => ({ name, description: `What ${name} means.`, secret });
  const variables = [variable('PASSWORD', true), variable('LOG_LEVEL', false), variable('DATABASE_URL', true)];
  const lines = envExample(variables, compose).split('\n');
  expect(lines.filter((line) => /^(# )?[A-Z_]+=/.test(line))).toEqual([
    'PASSWORD=',
    '# LOG_LEVEL=info',
    '# DATABASE_URL=',
  ]);
});

test('refuses a variable that nobody described', () => {
  expect(() => envExample([], 'a: ${NEW_THING:-1}')).toThrow('NEW_THING');
});
