import { expect, test } from '@jest/globals';
import { prices, type GoldenPlay } from './golden-play.js';
import { apply, edit, lines, plan } from './revert-play.js';

/** Undoing what a reconcile round repaired, over any store. */
export function testUndo(get: () => GoldenPlay): void {
  const found = (key: string, amount: string, sequence = 2n) => {
    return { system: 'shop', key, sequence, fields: { amount, taxIncluded: false } };
  };
  const round = { id: 'round-1', fields: ['amount'] };
  const begin = async (play: GoldenPlay): Promise<void> => {
    // what the shop says of the tax has lost long ago: no round found it
    await play.page(prices(4, '10', 1n, 1).map((one) => ({ ...one, fields: { ...one.fields, taxIncluded: true } })));
    await play.page([1, 2, 3, 4].map((n) => found(`P-${n}`, '10', 1n)));
    await play.page(
      [1, 2, 3].map((n) => found(`P-${n}`, `7.${n}`)),
      { round },
    );
    await play.page([{ ...found('P-4', '10'), status: 'deleted' }], { round });
  };

  test('an undone round brings back what it found, where neither golden nor the system changed it since', async () => {
    const play = get();
    await begin(play);
    expect(await play.amount('P-1')).toBe('10');
    await play.page(edit('P-2', '11'));
    await play.page([found('P-3', '8', 3n)]);
    const dryRun = await plan(play, { round: 'round-1' });
    expect(await lines(play, dryRun.id)).toEqual([
      'P-1 planned amount "10">"7.1"',
      'P-2 listed null: changed since by erp (version 2)',
      'P-3 listed null: shop changed it since',
      'P-4 listed null: shop had lost the record: undoing would delete it there again',
    ]);
    await apply(play, dryRun);
    expect([await play.amount('P-1'), await play.amount('P-2'), await play.amount('P-3')]).toEqual(['7.1', '11', '10']);
  });

  test('what the system says after the dry run is left alone', async () => {
    const play = get();
    await begin(play);
    const dryRun = await plan(play, { round: 'round-1' });
    await play.page([found('P-3', '8', 3n)]);
    await apply(play, dryRun);
    expect(await play.amount('P-3')).toBe('10');
    expect((await play.fixture.store.countItems(dryRun.id)).records).toMatchObject({
      reverted: 2,
      moved: 1,
      listed: 1,
    });
  });
}
