import { expect, test } from '@jest/globals';
import { renderCheck } from './schemas.command.js';

const change = {
  owner: 'x.R',
  path: 'R.f',
  change: 'field added without a default',
  breaks: ['new readers'],
  advice: 'give it one',
};

test('says whether it could follow, who breaks, and what to do', () => {
  const check = { mistake: null, isCompatible: false, sameAs: null, registryTakes: false };
  expect(renderCheck({ ...check, versions: [{ version: 2, isCompatible: false, changes: [change] }] })).toBe(
    [
      'It breaks readers. The registry would refuse it.',
      'Against version 2:',
      '  BREAKS new readers: R.f: field added without a default → give it one',
    ].join('\n'),
  );
  expect(renderCheck({ ...check, isCompatible: true, sameAs: 2, registryTakes: null, versions: [] })).toBe(
    'It is version 2 already.',
  );
  expect(renderCheck({ ...check, mistake: 'no JSON', versions: [] })).toBe('It can’t be read: no JSON');
});
