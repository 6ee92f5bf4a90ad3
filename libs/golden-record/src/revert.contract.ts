import { describe, expect, test } from '@jest/globals';
import { topicNames } from '#contracts';
import {
  HUB_SYSTEM,
  instantOfMs,
  noMetrics,
  silentLogger,
  systemClock,
  type BusinessKey,
  type SystemId,
} from '#kernel';
import { explain } from './explain.js';
import { PLAY_POLICY, prices, type GoldenPlay } from './golden-play.js';
import { apply, edit, lines, plan, type Selected } from './revert-play.js';
import { Reverter } from './reverter.js';

const ERP = 'erp' as SystemId;

/** Four prices at 10, which the batch `bad` makes 9, each page a second apart. */
async function spoil(play: GoldenPlay): Promise<void> {
  await play.page(prices(4, '10', 1n, 1), { batch: 'good' });
  play.nowMs += 1000;
  await play.page(prices(4, '9', 2n, 2), { batch: 'bad' });
  play.nowMs += 1000;
}

/** Taking changes back, over any store. */
export function testReverts(get: () => GoldenPlay): void {
  describe('a revert', () => {
    test('shows first, then takes back as new versions what nobody changed since, and lists the rest', async () => {
      const play = get();
      await spoil(play);
      await play.page(edit('P-2', '12'), { batch: 'edit' });
      const published = (await play.published()).length;
      const dryRun = await plan(play, { batch: 'bad' });
      expect(await lines(play, dryRun.id)).toEqual([
        'P-1 planned amount "9">"10"',
        'P-2 listed amount: changed since by erp (version 3)',
        'P-3 planned amount "9">"10"',
        'P-4 planned amount "9">"10"',
      ]);
      expect([(await play.published()).length, await play.contributed()]).toEqual([published, []]);
      await apply(play, dryRun);
      expect((await play.published()).slice(published)).toEqual(
        ['P-1', 'P-3', 'P-4'].flatMap((key) => [`state ${key} v3 s3 live 10`, `history ${key} v3 s3 live 10`]),
      );
      expect(await play.amount('P-2')).toBe('12');
      expect(await play.audited()).toEqual(['revert.approved cli:ann', 'revert.applied cli:ann']);
      expect(await play.fixture.store.countItems(dryRun.id)).toMatchObject({
        records: { reverted: 3, listed: 1, planned: 0, moved: 0 },
        withSkipped: 1,
      });
    });

    test('refuses another digest, and leaves alone what moved since the dry run', async () => {
      const play = get();
      await spoil(play);
      const dryRun = await plan(play, { batch: 'erp/price/bad' });
      await expect(apply(play, { ...dryRun, digest: 'other' })).rejects.toMatchObject({ code: 'HUB_APPROVAL_STALE' });
      await play.page(edit('P-3', '13'), { batch: 'edit' });
      await apply(play, dryRun);
      expect((await lines(play, dryRun.id)).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
        'P-1 reverted',
        'P-2 reverted',
        'P-3 moved',
        'P-4 reverted',
      ]);
      expect([await play.amount('P-1'), await play.amount('P-3')]).toEqual(['10', '13']);
    });

    test('gives a digest that changes with what goes back', async () => {
      const play = get();
      await spoil(play);
      const [first, again] = [await plan(play, { batch: 'bad' }), await plan(play, { batch: 'bad' })];
      await play.page(edit('P-3', '13'), { batch: 'edit' });
      const moved = await plan(play, { batch: 'bad' });
      expect([again.digest === first.digest, moved.digest === first.digest]).toEqual([true, false]);
    });

    test('lasts until the source authors the field anew, and explain says whose word it is', async () => {
      const play = get();
      await spoil(play);
      await apply(play, await plan(play, { batch: 'bad' }));
      await play.page([{ key: 'P-1', sequence: 3n, at: 2, fields: { amount: '9', taxIncluded: true } }]);
      expect(await play.amount('P-1')).toBe('10');
      const word = await hubWord(play, 'P-1');
      expect(word).toMatchObject({
        ...{ value: '10', won: true, at: instantOfMs(play.nowMs) },
        override: { by: 'cli:ann', overrules: [{ system: 'erp', value: '9', at: instantOfMs(2) }] },
      });
      expect(word?.override?.reason).toMatch(/^r-\w+: bad file$/);
      await play.page(edit('P-1', '11', 4n));
      expect([await play.amount('P-1'), (await hubWord(play, 'P-1'))?.won]).toEqual(['11', false]);
    });

    test('is taken back by another, which leaves nothing of the hub to override', async () => {
      const play = get();
      await spoil(play);
      const first = await plan(play, { batch: 'bad' });
      await apply(play, first);
      play.nowMs += 1000;
      await apply(play, await plan(play, { system: HUB_SYSTEM, batch: first.id }));
      expect(await play.amount('P-1')).toBe('9');
      expect((await play.contributed()).map(({ key, fields }) => `${key} ${JSON.stringify(fields)}`).slice(-4)).toEqual(
        ['P-1', 'P-2', 'P-3', 'P-4'].map((key) => `${key} {}`),
      );
    });

    test('done twice finds nothing left', async () => {
      const play = get();
      await spoil(play);
      await apply(play, await plan(play, { batch: 'bad' }));
      expect(await lines(play, (await plan(play, { batch: 'bad' })).id)).toEqual(
        ['P-1', 'P-2', 'P-3', 'P-4'].map((key) => `${key} unchanged`),
      );
    });

    test('stopped half-way, goes on where it was; of an entity that is merged no more, it waits for another approval', async () => {
      const play = get();
      await play.page(prices(600, '10', 1n, 1), { batch: 'good' });
      await play.page(prices(600, '9', 2n, 2), { judged: true });
      const dryRun = await plan(play, { system: ERP, since: instantOfMs(play.nowMs) });
      await play.reverter.approve(dryRun.id, { digest: dryRun.digest ?? '', actor: 'ann' });
      await play.reverter.step();
      const counts = async () => (await play.fixture.store.countItems(dryRun.id)).records;
      expect(await counts()).toMatchObject({ planned: 100, reverted: 500 });
      const { store } = play.fixture;
      const parts = { topics: topicNames('play.'), encoder: { encode: () => Buffer.alloc(0) }, policies: {} };
      const quiet = { clock: systemClock, logger: silentLogger, metrics: noMetrics };
      while (await new Reverter({ store, ...parts, ...quiet }).step());
      expect([await counts(), (await store.findRevert(dryRun.id))?.state]).toMatchObject([{ planned: 100 }, 'planned']);
      await apply(play, dryRun);
      expect(await counts()).toMatchObject({ planned: 0, reverted: 600 });
      expect(await play.amount('P-600')).toBe('10');
    });

    test('takes back no creation, no deletion, and no first value of a field: it lists them', async () => {
      const play = get();
      await play.page(prices(3, '10', 1n, 1), { batch: 'good' });
      await play.page(
        [
          { key: 'P-1', sequence: 2n, at: 2, fields: { amount: '10', taxIncluded: true } },
          { key: 'P-2', sequence: 2n, status: 'deleted', fields: { amount: '10' } },
          { key: 'P-9', sequence: 2n, at: 2, fields: { amount: '5' } },
        ],
        { batch: 'bad' },
      );
      await play.settle();
      expect(await lines(play, (await plan(play, { batch: 'bad' })).id)).toEqual([
        'P-1 listed taxIncluded: it had no value before',
        'P-2 listed null: it was deleted: a deletion is not taken back null: the record is deleted now',
        'P-9 listed null: it was created: a creation is not taken back',
      ]);
    });

    testSelections(get);
  });
}

function testSelections(get: () => GoldenPlay): void {
  test('is of a key, a system, a time, or a range of a topic', async () => {
    const play = get();
    await spoil(play);
    const since = instantOfMs(play.nowMs);
    await play.page(edit('P-2', '12'), { batch: 'edit' });
    const keys = async (selection: Selected): Promise<string[]> =>
      (await lines(play, (await plan(play, selection)).id)).map((line) => line.split(' ').slice(0, 4).join(' '));
    expect(await keys({ key: 'P-2' as BusinessKey })).toEqual(['P-2 planned amount "12">"9"']);
    expect(await keys({ since })).toEqual(['P-2 planned amount "12">"9"']);
    expect(await keys({ key: 'P-2' as BusinessKey, system: ERP, since: instantOfMs(play.nowMs - 1000) })).toEqual([
      'P-2 planned amount "12">"10"',
    ]);
    expect(await keys({ system: 'shop' as SystemId })).toEqual([]);
    // offsets 0–3 are the first prices, 4–7 the bad ones
    expect(await keys({ system: ERP, range: { partition: 0, from: '5', to: '6' } })).toEqual([
      'P-2 listed amount: changed',
      'P-3 planned amount "9">"10"',
    ]);
    expect(await keys({ system: ERP, range: { partition: 1, from: '5', to: '6' } })).toEqual([]);
    const batches = await play.fixture.store.findRecentBatches('price', 2);
    expect(batches.map(({ batch, records }) => `${batch} ${records}`)).toEqual(['erp/price/edit 1', 'erp/price/bad 4']);
  });

  test('finds what a hold let go, by its place and its batch', async () => {
    const play = get();
    await play.page(prices(4, '10', 1n, 1), { batch: 'good' });
    await play.page(prices(4, '0', 2n, 2), { batch: 'zero' });
    const [hold] = await play.fixture.store.findHolds('open');
    await play.merger.decide({ holdId: hold?.id ?? '', verdict: 'approved', digest: hold?.digest ?? '', actor: 'ann' });
    await play.settle();
    for (const selection of [{ batch: 'zero' }, { system: ERP, range: { partition: 0, from: '4', to: '7' } }])
      expect(await lines(play, (await plan(play, selection)).id)).toHaveLength(4);
  });
}

async function hubWord(play: GoldenPlay, key: string) {
  const record = await play.fixture.store.findRecord('price', key as BusinessKey);
  const report = record && explain('price', record, PLAY_POLICY, []);
  return report?.fields['amount']?.values.find(({ system }) => system === HUB_SYSTEM);
}
