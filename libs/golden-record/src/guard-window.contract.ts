import { describe, expect, test } from '@jest/globals';
import { prices, type GoldenPlay } from './golden-play.js';
import type { ContributionSketch } from './golden-builders.js';
import type { HoldRow } from './ports.js';

const SECOND = 1_000;
const LATER = 10;

/** `count` prices of erp from `P-<first>` on become zero, observed at a second. */
function zeros(first: number, count: number, second: number, sequence = 2n): ContributionSketch[] {
  const observedAtMs = second * SECOND;
  return prices(first - 1 + count, '0', sequence, LATER)
    .slice(first - 1)
    .map((sketch) => ({ ...sketch, observedAtMs }));
}

/** What the guard counts over a window; limits: 2 to zero, 3 changed by half, 1 delete, a window of 60 s. */
export function testGuardWindow(get: () => GoldenPlay): void {
  const given = async (count: number): Promise<GoldenPlay> => {
    await get().page(prices(count, '10'));
    return get();
  };
  const amounts = (play: GoldenPlay, count: number): Promise<unknown[]> =>
    Promise.all(Array.from({ length: count }, (_, index) => play.amount(`P-${index + 1}`)));
  const holds = (play: GoldenPlay): Promise<HoldRow[]> => play.fixture.store.findHolds('open');
  const openHold = async (play: GoldenPlay): Promise<HoldRow> => {
    const open = await holds(play);
    expect(open).toHaveLength(1);
    return open[0] as HoldRow;
  };
  const decide = (play: GoldenPlay, verdict: 'approved' | 'rejected', hold: HoldRow): Promise<HoldRow> =>
    play.merger.decide({ holdId: hold.id, verdict, digest: hold.digest, actor: 'ann' });

  describe('guard over a window', () => {
    test('adds the tail of an update, below the limit by itself, to the hold of what came before', async () => {
      const play = await given(5);
      await play.page(zeros(1, 3, 0), { batch: 'a', size: 3 });
      await play.page(zeros(4, 2, 1), { batch: 'b', size: 2 });
      const hold = await openHold(play);
      expect(hold).toMatchObject({
        rule: 'to-zero:amount',
        count: 5,
        limit: 2,
        samples: ['P-1', 'P-2', 'P-3', 'P-4', 'P-5'],
      });
      expect(hold.reason).toContain('5 records');
      expect(await amounts(play, 5)).toEqual(['10', '10', '10', '10', '10']);
    });

    test('adds to an open hold what counts against its rule, however late', async () => {
      const play = await given(4);
      await play.page(zeros(1, 3, 0));
      await play.page(zeros(4, 1, 86_400));
      expect(await openHold(play)).toMatchObject({ count: 4 });
    });

    test('lets pass what counts against another rule than that of the open hold, or against none', async () => {
      const play = await given(6);
      await play.page(zeros(1, 3, 0));
      await play.page([{ ...zeros(4, 1, 1)[0], fields: { amount: '4' } }]);
      await play.page([{ ...zeros(5, 1, 1)[0], fields: { amount: '11' } }]);
      expect(await amounts(play, 5)).toEqual(['10', '10', '10', '4', '11']);
    });

    test('counts small batches close together, and holds what exceeds the limit', async () => {
      const play = await given(6);
      for (let key = 1; key <= 6; key += 1) await play.page(zeros(key, 1, key));
      expect(await amounts(play, 6)).toEqual(['0', '0', '10', '10', '10', '10']);
      expect(await openHold(play)).toMatchObject({
        rule: 'to-zero:amount',
        count: 6,
        limit: 2,
        samples: ['P-3', 'P-4', 'P-5', 'P-6'],
      });
    });

    test('counts small batches of one page as those of many', async () => {
      const play = await given(7);
      await play.page([...zeros(1, 4, 0), ...zeros(5, 2, 3_600), ...zeros(7, 1, 1)], { apart: true });
      expect(await amounts(play, 2)).toEqual(['0', '0']);
      expect(await openHold(play)).toMatchObject({ count: 7, samples: ['P-3', 'P-4', 'P-5', 'P-6', 'P-7'] });
    });

    test('lets small batches further apart pass, also where golden gets to them at once', async () => {
      const play = await given(6);
      for (let key = 1; key <= 6; key += 1) await play.page(zeros(key, 1, key * 30));
      expect(await amounts(play, 6)).toEqual(['0', '0', '0', '0', '0', '0']);
      expect(await holds(play)).toEqual([]);
    });

    test('judges a large batch with what passed before it', async () => {
      const play = await given(6);
      await play.page(zeros(1, 1, 0));
      await play.page([...zeros(2, 2, 1), ...prices(6, '10.5', 2n, LATER).slice(3)], { batch: 'a', size: 5 });
      await play.settle();
      expect(await amounts(play, 4)).toEqual(['0', '10', '10', '10.5']);
      expect(await openHold(play)).toMatchObject({ count: 3, limit: 2 });
    });

    test('lets what follows wait with a batch that still collects, and passes or holds both', async () => {
      const play = await given(6);
      await play.page(zeros(1, 2, 0), { batch: 'a', size: 4 });
      await play.page(zeros(5, 1, 1));
      expect(await amounts(play, 5)).toEqual(['10', '10', '10', '10', '10']);
      await play.page(zeros(3, 2, 0), { batch: 'a', size: 4, partition: 1 });
      expect(await openHold(play)).toMatchObject({ count: 5, samples: ['P-1', 'P-2', 'P-3', 'P-4', 'P-5'] });
    });

    test('asks again when something joined between the look and the approval', async () => {
      const play = await given(5);
      await play.page(zeros(1, 3, 0));
      const seen = await openHold(play);
      await play.page(zeros(4, 2, 1));
      await expect(decide(play, 'approved', seen)).rejects.toMatchObject({ code: 'HUB_APPROVAL_STALE' });
      await decide(play, 'approved', await openHold(play));
      await play.settle();
      expect(await amounts(play, 5)).toEqual(['0', '0', '0', '0', '0']);
    });

    test('does not count what was approved, and asks for more than the limit after it', async () => {
      const play = await given(6);
      await play.page(zeros(1, 3, 0));
      await decide(play, 'approved', await openHold(play));
      await play.page(zeros(4, 3, 1).slice(0, 2));
      await play.page(zeros(6, 1, 2));
      await play.settle();
      expect(await amounts(play, 6)).toEqual(['0', '0', '0', '0', '0', '10']);
      expect(await openHold(play)).toMatchObject({ count: 3, samples: ['P-6'] });
    });

    test('holds the rest of what was rejected, whenever golden gets to it', async () => {
      const play = await given(6);
      await play.page(zeros(1, 3, 0));
      await decide(play, 'rejected', await openHold(play));
      await play.settle();
      play.nowMs += 3_600 * SECOND;
      await play.page(zeros(4, 1, 59));
      expect(await amounts(play, 4)).toEqual(['10', '10', '10', '10']);
      expect(await openHold(play)).toMatchObject({ samples: ['P-4'] });
      await decide(play, 'rejected', await openHold(play));
      await play.page(zeros(5, 1, 200));
      expect(await play.amount('P-5')).toBe('0');
    });

    test('counts a redelivered page once', async () => {
      const play = await given(3);
      await play.page(zeros(1, 2, 0));
      await play.redeliver();
      await play.page(zeros(1, 2, 0));
      expect(await holds(play)).toEqual([]);
      await play.page(zeros(3, 1, 1));
      await play.redeliver();
      expect(await openHold(play)).toMatchObject({ count: 3, samples: ['P-3'] });
    });

    test('keeps the order of an id that waits', async () => {
      const play = await given(4);
      await play.page(zeros(1, 3, 0));
      await play.page(zeros(4, 1, 1));
      await play.page([{ ...zeros(4, 1, 2, 3n)[0], fields: { amount: '10.5' }, at: LATER + 1 }]);
      expect(await play.amount('P-4')).toBe('10');
      await decide(play, 'approved', await openHold(play));
      await play.settle();
      expect(await play.amount('P-4')).toBe('10.5');
    });

    test('neither counts nor holds what a round has judged', async () => {
      const play = await given(6);
      await play.page(zeros(1, 3, 0), { judged: true });
      expect(await amounts(play, 3)).toEqual(['0', '0', '0']);
      await play.page(zeros(4, 2, 1));
      expect(await holds(play)).toEqual([]);
    });

    test('counts each system by itself', async () => {
      const play = await given(3);
      await play.page(zeros(1, 2, 0));
      await play.page([{ ...zeros(3, 1, 1)[0], system: 'shop', fields: { taxIncluded: true } }]);
      expect(await holds(play)).toEqual([]);
    });

    test('pages that run side by side let no more than the limit pass', async () => {
      const play = await given(8);
      await Promise.all(Array.from({ length: 8 }, (_, i) => play.page(zeros(i + 1, 1, i), { partition: i })));
      const passed = (await amounts(play, 8)).filter((amount) => amount === '0');
      expect(passed).toHaveLength(2);
      expect(await openHold(play)).toMatchObject({ count: 8 });
    });
  });
}
