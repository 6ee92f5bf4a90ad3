import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { instantOfMs, type BusinessKey, type SystemId } from '#kernel';
import { GoldenPlay, PLAY_POLICY, prices, type GoldenStoreFixture } from './golden-play.js';
import { testGuard } from './guard.contract.js';
import { testTurns } from './turns.contract.js';
import { testGuardWindow } from './guard-window.contract.js';
import { testReverts } from './revert.contract.js';
import { testUndo } from './undo.contract.js';
import { testTakeOver } from './take-over.contract.js';

/** What every golden store must do under the merger; `makeStore` gives an empty one. */
export function testGoldenStore(makeStore: () => Promise<GoldenStoreFixture>): void {
  describe('golden', () => {
    let play: GoldenPlay;
    beforeEach(async () => {
      play = new GoldenPlay(await makeStore());
    });
    afterEach(() => play.fixture.close());

    testVersions(() => play);
    testAnswers(() => play);
    testPolicies(() => play);
    testGuard(() => play);
    testTurns(() => play);
    testGuardWindow(() => play);
    testReverts(() => play);
    testUndo(() => play);
  });
  testTakeOver(makeStore);
}

function testVersions(get: () => GoldenPlay): void {
  test('publishes a new record on both topics', async () => {
    await get().page(prices(2, '10'));
    expect(await get().published()).toEqual([
      'state P-1 v1 s1 live 10',
      'history P-1 v1 s1 live 10',
      'state P-2 v1 s1 live 10',
      'history P-2 v1 s1 live 10',
    ]);
    expect(await get().fixture.store.countEntities()).toEqual([{ entity: 'price', live: 2, deleted: 0, foreign: 0 }]);
  });

  test('makes every version of one page, in order, and finds each as of its time', async () => {
    const play = get();
    await play.page(prices(1, '10'));
    const before = instantOfMs(play.nowMs);
    play.nowMs += 1000;
    await play.page([...prices(1, '11', 2n), ...prices(1, '12', 3n)]);
    const history = (await play.published()).filter((line) => line.startsWith('history'));
    expect(history).toEqual(['history P-1 v1 s1 live 10', 'history P-1 v2 s2 live 11', 'history P-1 v3 s3 live 12']);
    const asOf = (at: number) => play.fixture.store.findAsOf('price', 'P-1' as BusinessKey, instantOfMs(at));
    expect(await play.fixture.store.findAsOf('price', 'P-1' as BusinessKey, before)).toMatchObject({ version: 1n });
    expect(await asOf(play.nowMs)).toMatchObject({ version: 3n, fields: { amount: '12' } });
    expect(await asOf(play.nowMs - 5000)).toBeNull();
  });

  test('lists the versions of a record, the newest first, and the keys that begin with a text', async () => {
    const play = get();
    await play.page([...prices(2, '10'), { key: 'P_1', fields: { amount: '10' } }]);
    play.nowMs += 1000;
    await play.page(prices(1, '11', 2n));
    const { store } = play.fixture;
    const versions = await store.findVersions('price', 'P-1' as BusinessKey, 10);
    expect(versions).toMatchObject([
      { version: 2n, fields: { amount: '11' } },
      { version: 1n, fields: { amount: '10' } },
    ]);
    expect(await store.findVersions('price', 'P-1' as BusinessKey, 1)).toHaveLength(1);
    expect(await store.findKeys('price', 'P-', 10)).toEqual(['P-1', 'P-2']);
    expect(await store.findKeys('price', 'P_', 10)).toEqual(['P_1']);
    expect(await store.findKeys('price', '', 1)).toEqual(['P-1']);
    expect(await store.findKeys('price', '%', 10)).toEqual([]);
    expect(await store.findKeys('product', 'P', 10)).toEqual([]);
  });

  test('applies a page once, however often it is delivered', async () => {
    await get().page(prices(2, '10'));
    const published = await get().published();
    expect(await get().redeliver()).toMatchObject({ merged: 0, skipped: 2 });
    await get().page(prices(2, '99'));
    expect(await get().published()).toEqual(published);
  });

  test('leaves nothing behind when a page fails, and makes the same of its redelivery', async () => {
    const play = get();
    play.isEncoderBroken = true;
    await expect(play.page(prices(2, '10'))).rejects.toThrow();
    expect(await play.fixture.store.countEntities()).toEqual([]);
    play.isEncoderBroken = false;
    expect(await play.redeliver()).toMatchObject({ merged: 2 });
    expect(await play.published()).toHaveLength(4);
  });

  test('keeps the last fields of a deleted record and begins a new life as a version', async () => {
    await get().page(prices(1, '10'));
    await get().page([{ key: 'P-1', sequence: 2n, status: 'deleted', fields: { amount: '10' } }]);
    await get().page([{ key: 'P-1', externalId: 'new', fields: { amount: '11' } }]);
    const states = (await get().published()).filter((line) => line.startsWith('state'));
    expect(states).toEqual(['state P-1 v1 s1 live 10', 'state P-1 v2 s2 deleted 10', 'state P-1 v3 s3 live 11']);
  });

  test('keeps a foreign record and publishes nothing of it until it is created', async () => {
    await get().page([{ system: 'shop', key: 'P-1', fields: { taxIncluded: true } }]);
    expect(await get().published()).toEqual([]);
    expect(await get().fixture.store.countEntities()).toEqual([{ entity: 'price', live: 0, deleted: 0, foreign: 1 }]);
    await get().page(prices(1, '10'));
    expect(await get().published()).toEqual(['state P-1 v1 s1 live 10', 'history P-1 v1 s1 live 10']);
  });
}

function testAnswers(get: () => GoldenPlay): void {
  test('answers a contribution that lost: same version, new sequence, state topic only, once per key and page', async () => {
    await get().page(prices(1, '10'));
    const lost = { system: 'shop', key: 'P-1', at: 5 };
    await get().page([
      { ...lost, sequence: 1n, fields: { amount: '7' } },
      { ...lost, sequence: 2n, fields: { amount: '8' } },
    ]);
    expect((await get().published()).slice(2)).toEqual(['state P-1 v1 s2 live 10']);
    const [, answer] = await get().fixture.outbox();
    const { merged } = JSON.parse(Buffer.from(answer?.value ?? '').toString()) as { merged: unknown[] };
    expect(merged).toContainEqual({ system: 'shop', externalId: 'P-1', epoch: 1, sequence: 2 });
  });

  test('does not answer what the version after it answers', async () => {
    await get().page(prices(1, '10'));
    await get().page([...prices(1, '10', 2n), ...prices(1, '11', 3n)]);
    expect((await get().published()).slice(2)).toEqual(['state P-1 v2 s2 live 11', 'history P-1 v2 s2 live 11']);
  });
}

function testPolicies(get: () => GoldenPlay): void {
  test('raises the policy version with every change of its text', async () => {
    const { store } = get().fixture;
    expect(await store.adoptPolicy('price', 'one', 1)).toBe(1);
    expect(await store.adoptPolicy('price', 'one', 1)).toBe(1);
    expect(await store.adoptPolicy('price', 'two', 1)).toBe(2);
    expect(await store.adoptPolicy('price', 'one', 1)).toBe(3);
    expect(await store.adoptPolicy('price', 'one', 7)).toBe(7);
  });

  test('merges again under a new policy, page by page, and refuses an older one', async () => {
    const play = get();
    await play.page(prices(2, '10'));
    await play.page([{ system: 'shop', key: 'P-1', at: 5, fields: { amount: '7' } }]);
    const amount = { kind: 'priority', systems: ['shop', 'erp'] as unknown as readonly SystemId[] } as const;
    const next = new GoldenPlay(play.fixture, { ...PLAY_POLICY, version: 2, fields: { amount } });
    let after: BusinessKey | null = '' as BusinessKey;
    while (after !== null) after = await next.merger.remergeOutdated('price', after);
    expect((await play.published()).slice(-2)).toEqual(['state P-1 v2 s3 live 7', 'history P-1 v2 s3 live 7']);
    expect(await play.amount('P-1')).toBe('7');
    await expect(play.page([{ key: 'P-1', sequence: 9n, fields: {} }], { partition: 1 })).rejects.toMatchObject({
      code: 'HUB_CONFIG_INVALID',
    });
  });
}
