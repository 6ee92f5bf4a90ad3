import { describe, expect, test } from '@jest/globals';
import type { GoldenPlay } from './golden-play.js';
import { prices } from './golden-play.js';
import type { HoldRow } from './ports.js';

const LATER = 10;

/** The guard of the live path under a store; limits: 2 to zero, 3 changed by half, 1 delete, 5 changes a batch. */
export function testGuard(get: () => GoldenPlay): void {
  describe('guard', () => {
    testLimits(get);
    testDecisions(get);
  });
}

async function openHold(play: GoldenPlay): Promise<HoldRow> {
  const [hold] = await play.fixture.store.findHolds('open');
  if (!hold) throw new Error('no hold is open');
  return hold;
}

/** Five prices of 10, then one batch over two partitions that sets `zeros` of them to zero and the others to 11. */
async function zeroBatch(play: GoldenPlay, zeros: number): Promise<void> {
  await play.page(prices(5, '10'));
  const batch = [...prices(zeros, '0', 2n, LATER), ...prices(5, '11', 2n, LATER).slice(zeros)];
  await play.page(batch.slice(0, 3), { batch: 'z', size: 5 });
  await play.page(batch.slice(3), { batch: 'z', size: 5, partition: 1 });
  await play.settle();
}

function testLimits(get: () => GoldenPlay): void {
  test('lets a first import pass, whatever its size', async () => {
    await get().page(prices(30, '0'));
    await get().page(
      Array.from({ length: 30 }, (_, i) => ({ system: 'shop', key: `P-${i + 1}`, fields: { taxIncluded: true } })),
    );
    expect(await get().fixture.store.findHolds('open')).toEqual([]);
    expect((await get().published()).filter((line) => line.startsWith('history'))).toHaveLength(60);
  });

  test('merges a small batch at once', async () => {
    await get().page(prices(1, '10'));
    await get().page(prices(1, '0', 2n, LATER));
    expect(await get().amount('P-1')).toBe('0');
  });

  test('waits for the whole batch and releases what stays within the limits', async () => {
    const play = get();
    await play.page(prices(5, '10'));
    await play.page(prices(2, '0', 2n, LATER), { batch: 'z', size: 5 });
    expect(await play.amount('P-1')).toBe('10');
    const rest = await play.page(prices(5, '11', 2n, LATER).slice(2), { batch: 'z', size: 5, partition: 1 });
    expect(rest.judged).toBe(true);
    await play.settle();
    expect([await play.amount('P-1'), await play.amount('P-2'), await play.amount('P-5')]).toEqual(['0', '0', '11']);
    expect(await play.fixture.store.findHolds(null)).toEqual([]);
  });

  test('holds all that is suspicious of a batch over a limit, across partitions, and says why', async () => {
    await zeroBatch(get(), 3);
    const hold = await openHold(get());
    expect(hold).toMatchObject({
      rule: 'to-zero:amount',
      count: 3,
      limit: 2,
      samples: expect.arrayContaining(['P-1', 'P-3']),
    });
    expect(hold.reason).toContain('amount = 0');
    expect(await get().amount('P-1')).toBe('10');
    expect(await get().fixture.store.findHoldsOf('price', 'P-1' as never)).toEqual([hold.id]);
    expect(await get().audited()).toEqual(['hold.opened guard']);
  });

  test('holds deletes over their limit', async () => {
    await get().page(prices(3, '10'));
    await get().page(prices(3, '10', 2n).map((sketch) => ({ ...sketch, status: 'deleted' as const })));
    expect(await openHold(get())).toMatchObject({ rule: 'deletes', count: 3, limit: 1 });
  });

  test('judges a batch whose rest never comes', async () => {
    const play = get();
    await play.page(prices(5, '10'));
    await play.page(prices(2, '0', 2n, LATER), { batch: 'z', size: 9 });
    expect(await play.merger.judgeStale(10_000)).toBe(false);
    play.nowMs += 10_001;
    expect(await play.merger.judgeStale(10_000)).toBe(true);
    await play.settle();
    expect(await play.amount('P-1')).toBe('0');
    await play.page(prices(3, '0', 2n, LATER).slice(2), { batch: 'z', size: 9 });
    play.nowMs += 10_001;
    await play.merger.judgeStale(10_000);
    expect(await openHold(play)).toMatchObject({ count: 3, limit: 2 });
  });
}

function testDecisions(get: () => GoldenPlay): void {
  const decide = (verdict: 'approved' | 'rejected', hold: HoldRow): Promise<HoldRow> =>
    get().merger.decide({ holdId: hold.id, verdict, digest: hold.digest, actor: 'ann' });

  test('merges what is approved', async () => {
    await zeroBatch(get(), 3);
    const hold = await openHold(get());
    expect(await decide('approved', hold)).toMatchObject({ state: 'approved', decidedBy: 'ann' });
    await get().settle();
    expect(await get().amount('P-3')).toBe('0');
    expect(await decide('approved', hold)).toMatchObject({ state: 'approved' });
    await expect(decide('rejected', hold)).rejects.toMatchObject({ code: 'HUB_REQUEST_INVALID' });
    expect(await get().audited()).toEqual(['hold.opened guard', 'hold.approved ann']);
  });

  test('covers what follows for a held id, and refuses a digest that is not of now', async () => {
    await zeroBatch(get(), 3);
    const seen = await openHold(get());
    await get().page(prices(1, '0.01', 3n, LATER + 1));
    expect(await get().amount('P-1')).toBe('10');
    await expect(decide('approved', seen)).rejects.toMatchObject({ code: 'HUB_APPROVAL_STALE' });
    await decide('approved', await openHold(get()));
    await get().settle();
    expect(await get().amount('P-1')).toBe('0.01');
  });

  test('answers what is rejected, keeps the values, and lets the next different word in', async () => {
    await zeroBatch(get(), 3);
    await decide('rejected', await openHold(get()));
    await get().settle();
    expect(await get().amount('P-1')).toBe('10');
    expect((await get().published()).filter((line) => line.startsWith('state P-1')).at(-1)).toBe(
      'state P-1 v1 s2 live 10',
    );
    await get().page([{ key: 'P-1', sequence: 3n, at: LATER, fields: { amount: '0', taxIncluded: true } }]);
    expect(await get().amount('P-1')).toBe('10');
    await get().page([{ key: 'P-1', sequence: 4n, at: LATER + 9, fields: { amount: '12', taxIncluded: true } }]);
    expect(await get().amount('P-1')).toBe('12');
  });

  test('settles a decided contribution before what follows it', async () => {
    await zeroBatch(get(), 3);
    await decide('approved', await openHold(get()));
    await get().page(prices(1, '9', 3n, LATER + 1));
    await get().settle();
    const history = (await get().published()).filter((line) => line.startsWith('history P-1'));
    expect(history.map((line) => line.split(' ').at(-1))).toEqual(['10', '0', '9']);
  });

  test('knows only its own holds', async () => {
    const decision = { holdId: 'live-9999', verdict: 'approved', digest: '', actor: 'ann' } as const;
    await expect(get().merger.decide(decision)).rejects.toMatchObject({ code: 'HUB_NOT_FOUND' });
  });
}
