import { describe, test } from '@jest/globals';
import { instantOfMs } from '#kernel';
import fc from 'fast-check';
import { GuardWindow, type Harm, type UndecidedHold, type WindowCount } from './guard-window.js';

const RULES = ['deletes', 'to-zero:amount', 'changed-by:amount'];
const WINDOW_MS = 60_000;
const THRESHOLDS = new Map([...RULES.map((rule, index) => [rule, index + 1] as const), ['changed', 1] as const]);

const harm: fc.Arbitrary<Omit<Harm, 'at'> & { readonly atMs: number; readonly ends: boolean }> = fc
  .record({
    rules: fc.subarray(RULES, { minLength: 1 }),
    atMs: fc.integer({ min: 0, max: 300_000 }),
    batchId: fc.constantFrom('a', 'b', 'c', 'd', 'large', 'huge'),
    ends: fc.boolean(),
  })
  .map((one) => ({ ...one, collects: ['large', 'huge'].includes(one.batchId) }));

describe('the window of the guard', () => {
  test('lets no more than the limit of a rule pass within any window, whatever the order and the pages', () => {
    fc.assert(
      fc.property(fc.array(harm, { maxLength: 60 }), (harms) => {
        const passed = play(harms);
        return RULES.every((rule) => {
          const times = passed.filter(({ rules }) => rules.includes(rule)).map(({ atMs }) => atMs);
          const most = Math.max(
            0,
            ...times.map((from) => times.filter((t) => t >= from && t < from + WINDOW_MS).length),
          );
          return most <= (THRESHOLDS.get(rule) ?? 0);
        });
      }),
      { numRuns: 500 },
    );
  });

  test('what is known of a window need not be of one page: any cut into pages places alike', () => {
    fc.assert(
      fc.property(fc.array(harm, { maxLength: 40 }), (harms) => {
        const cut = play(harms).length;
        return cut === play(harms.map((one) => ({ ...one, ends: false }))).length;
      }),
      { numRuns: 20_000 },
    );
  });
});

/** Places harms page by page, carrying over what a store would (an open hold counts by its rule only); answers those that passed. */
function play(harms: readonly (Omit<Harm, 'at'> & { readonly atMs: number; readonly ends: boolean })[]) {
  const counts: WindowCount[] = [];
  const holds = new Map<string, UndecidedHold>();
  const passed: (typeof harms)[number][] = [];
  let window = new GuardWindow({ counts, holds: [] }, WINDOW_MS, THRESHOLDS);
  for (const one of harms) {
    const at = instantOfMs(one.atMs);
    const hold = window.place({ ...one, at });
    if (!hold) passed.push(one);
    else holds.set(hold.batchId, { ...hold, id: hold.batchId });
    if (hold?.state !== 'open')
      for (const rule of one.rules) counts.push({ rule, at, count: 1, waitsWith: hold?.batchId ?? null });
    if (one.ends) window = new GuardWindow({ counts, holds: [...holds.values()] }, WINDOW_MS, THRESHOLDS);
  }
  return passed;
}
