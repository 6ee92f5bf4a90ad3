import { describe, expect, test } from '@jest/globals';
import type { GoldenPlay } from './golden-play.js';
import type { HoldRow } from './ports.js';

const HOUR_MS = 3_600_000;

/** Two systems of `taxIncluded`, whose last writer wins, under a store. */
export function testTurns(get: () => GoldenPlay): void {
  describe('systems that take turns', () => {
    const holds = (): Promise<HoldRow[]> => get().fixture.store.findHolds(null);
    const taxIncluded = async (): Promise<unknown> =>
      (await get().fixture.store.findRecord('price', 'P-1' as never))?.golden?.fields['taxIncluded'];

    /** The words of erp (first) and shop in turn, an hour or `pauseMs` apart. */
    async function speak(words: readonly ['erp' | 'shop', boolean][], pauseMs = HOUR_MS): Promise<void> {
      for (const [system, value] of words) {
        get().nowMs += pauseMs;
        const fields = system === 'erp' ? { amount: '10', taxIncluded: value } : { taxIncluded: value };
        await get().page([{ system, key: 'P-1', sequence: BigInt(get().nowMs), at: get().nowMs, fields }]);
      }
    }
    const fight = [
      ['erp', true],
      ['shop', false],
      ['erp', true],
      ['shop', false],
    ] as const satisfies readonly ['erp' | 'shop', boolean][];

    test('are held at the second turn, both named, and nothing moves until somebody decides', async () => {
      await speak([...fight, ['shop', false]]);
      expect(await taxIncluded()).toBe(true);
      const [hold] = await holds();
      expect(hold).toMatchObject({ state: 'open', system: 'shop', rule: 'turns', count: 1, samples: ['P-1'] });
      expect(hold?.reason).toContain('back and forth by shop and erp within a day, lately at taxIncluded');
      expect(await get().audited()).toEqual(['hold.opened guard']);
    });

    test.each(['approved', 'rejected'] as const)('are held again by their next turn when %s', async (verdict) => {
      await speak(fight);
      const [hold] = await holds();
      await get().merger.decide({ holdId: hold?.id ?? '', verdict, digest: hold?.digest ?? '', actor: 'ann' });
      await get().settle();
      expect(await taxIncluded()).toBe(verdict === 'rejected');
      await speak(verdict === 'approved' ? [['erp', true]] : [['shop', false]]);
      expect(await taxIncluded()).toBe(verdict === 'rejected');
      expect(await holds()).toMatchObject([{ state: 'open', rule: 'turns' }, { state: verdict }]);
    });

    test('another record of theirs joins the hold', async () => {
      await speak(fight);
      const others = [true, false, true, false].map((taxIncluded, turn) => ({ taxIncluded, turn }));
      for (const { taxIncluded, turn } of others) {
        const [system, at] = [turn % 2 === 0 ? 'erp' : 'shop', get().nowMs + turn];
        await get().page([{ system, key: 'P-2', sequence: BigInt(at), at, fields: { taxIncluded } }]);
      }
      expect(await holds()).toMatchObject([{ state: 'open', count: 2, samples: ['P-1', 'P-2'] }]);
    });

    test('are let alone when a day lies between, when one of them is the only one, and when nothing comes back', async () => {
      await speak(fight, 13 * HOUR_MS);
      await speak([
        ['shop', true],
        ['shop', false],
        ['shop', true],
        ['erp', false],
        ['erp', true],
      ]);
      expect(await holds()).toEqual([]);
      expect(await taxIncluded()).toBe(true);
    });
  });
}
