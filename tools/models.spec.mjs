import { describe, expect, test } from '@jest/globals';

import { runsOf, verdictOf } from './models.mjs';

describe('models', () => {
  test('a model names its runs in its first comment', () => {
    const text =
      '/*\n * A model.\n * run good\n * run good -DA=1 -DB   both\n * run mutant -DMUTANT=2   loses rows\n */';
    expect(runsOf(text)).toEqual([
      { kind: 'good', flags: [], about: '' },
      { kind: 'good', flags: ['-DA=1', '-DB'], about: 'both' },
      { kind: 'mutant', flags: ['-DMUTANT=2'], about: 'loses rows' },
    ]);
  });

  test.each([
    ['no error', 'State-vector 56 byte, depth reached 145, errors: 0\n    64607 states, stored\n', 64_607],
    ['counterexample', 'pan:1: assertion violated\nState-vector 92 byte, errors: 1\n      235 states, stored\n', 235],
    ['unknown', 'error: max search depth too small\nState-vector 92 byte, errors: 0\n  12 states, stored\n', 12],
    ['unknown', 'Killed', 0],
  ])('%s', (verdict, output, states) => {
    expect(verdictOf(output)).toEqual({ verdict, states });
  });
});
