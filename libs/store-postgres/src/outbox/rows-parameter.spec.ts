import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { toRunParameter } from './rows-parameter.js';

/** The rows that mark-sent.sql takes for these parameters, out of 0 … 39. */
function taken([array, lowest, highest]: readonly (string | null)[]): number[] {
  const named = array?.slice(1, -1).split(',').map(Number);
  return Array.from({ length: 40 }, (_, number) => number).filter(
    (number) => number >= Number(lowest) && number <= Number(highest) && (named?.includes(number) ?? true),
  );
}

const pages = fc.oneof(
  fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { minLength: 1, maxLength: 12 }),
  fc
    .tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 19 }))
    .map(([first, count]) => Array.from({ length: count }, (_, index) => first + index)),
);
const takesThePage = (toParameter: (page: readonly number[]) => readonly (string | null)[]) =>
  fc.property(pages, (page) => {
    expect(taken(toParameter(page))).toEqual([...page].sort((left, right) => left - right));
  });

test('takes the rows of a page and no others, whether or not they follow one another', () => {
  fc.assert(takesThePage((page) => toRunParameter(page.map(BigInt))));
});

test('the same property catches one that takes all from the lowest to the highest', () => {
  const mutant = (page: readonly number[]) => [null, String(Math.min(...page)), String(Math.max(...page))];
  expect(fc.check(takesThePage(mutant), { seed: 1 }).failed).toBe(true);
});
