import { expect, test } from '@jest/globals';
import type { ComparedPage, ScanState, ScanStore } from './paged-scan.js';

/** A scan store under test; `setRows` replaces the live rows of the mirror, in the order in which they came. */
export interface ScanStoreUnderTest {
  readonly store: ScanStore;
  setRows(externalIds: readonly string[]): Promise<void>;
  addRow(externalId: string): Promise<void>;
}

const NAME = { roundId: 'r1', entity: 'product', scope: 's1' } as const;

/** A page that shows these ids; the last one when it has no cursor. */
export function aPage(
  readIds: readonly string[],
  cursor: string | null,
  more: Partial<ComparedPage> = {},
): ComparedPage {
  return { readIds, unreadableIds: [], candidates: [], cursor, total: null, ...more };
}

/** What every {@link ScanStore} must do; runs against the fake and the real one. */
export function testScanStore(make: () => Promise<ScanStoreUnderTest>): void {
  const candidatesOf = (store: ScanStore, state: ScanState): Promise<string[]> =>
    store.findCandidates(state, null, 100);

  test('keeps place and counts of a scan with its page', async () => {
    const { store, setRows } = await make();
    await setRows(['A', 'B', 'C']);
    const begun = await store.begin(NAME, null);
    expect(begun).toMatchObject({ ...NAME, phase: 'reading', cursor: null, pages: 0, scanned: 0, known: 3, idle: 0 });
    await store.savePage(begun, aPage(['A', 'B'], 'c1', { total: 3, candidates: ['B'] }));
    const stored = await store.findScan('r1', 'product');
    expect(stored).toMatchObject({ phase: 'reading', cursor: 'c1', pages: 1, scanned: 2, total: 3, restarted: null });
    expect(await store.findScan('r2', 'product')).toBeNull();
    expect([await store.findAny('product'), await store.findAny('price')]).toEqual([stored, null]);
    expect(await store.findScan('r1', 'price')).toBeNull();
  });

  test('counts a record once, however often it is shown, and one that can not be mapped not at all', async () => {
    const { store, setRows } = await make();
    await setRows([]);
    let state = await store.begin(NAME, null);
    state = await store.savePage(state, aPage(['A', 'B'], 'c1', { unreadableIds: ['X'] }));
    state = await store.savePage(state, aPage(['B', 'B', 'C'], 'c2', { unreadableIds: ['X', 'X'] }));
    expect(state).toMatchObject({ scanned: 3, idle: 0 });
    state = await store.savePage(state, aPage(['A'], 'c3', { unreadableIds: ['X'] }));
    state = await store.savePage(state, aPage([], 'c4'));
    expect(state).toMatchObject({ scanned: 3, idle: 2 });
    expect(await store.savePage(state, aPage(['D'], null))).toMatchObject({ idle: 0, phase: 'read', pages: 5 });
  });

  test('makes candidates of rows that no page showed, but not of those that came after the scan had begun', async () => {
    const { store, setRows, addRow } = await make();
    await setRows(['A', 'B', 'C', 'D', 'É']);
    let state = await store.begin(NAME, null);
    await addRow('LATER');
    state = await store.savePage(state, aPage(['A'], 'c1', { candidates: ['A'] }));
    state = await store.savePage(state, aPage(['D'], null, { unreadableIds: ['B'] }));
    expect(await store.end(state)).toMatchObject({ phase: 'ended', scanned: 2, known: 5 });
    const ended = await store.findScan('r1', 'product');
    if (!ended) throw new Error('the scan is gone');
    expect(await candidatesOf(store, ended)).toEqual(['A', 'C', 'É']);
    expect(await store.findCandidates(ended, 'A', 1)).toEqual(['C']);
  });

  test('refuses a page that follows another one than the last', async () => {
    const { store, setRows } = await make();
    await setRows(['A', 'B']);
    const begun = await store.begin(NAME, null);
    const first = await store.savePage(begun, aPage(['A'], 'c1'));
    const refused = { code: 'HUB_SCAN_INCOMPLETE', disposition: 'retry' };
    await expect(store.savePage(begun, aPage(['B'], 'other'))).rejects.toMatchObject(refused);
    await expect(store.end(first)).rejects.toMatchObject(refused);
    const ended = await store.end(await store.savePage(first, aPage([], null)));
    expect(await candidatesOf(store, ended)).toEqual(['B']); // the refused page left nothing behind
  });

  test('notes at which page a scan was taken up, and why it began anew', async () => {
    const { store, setRows } = await make();
    await setRows(['A']);
    const first = await store.savePage(await store.begin(NAME, null), aPage(['A'], 'c1', { candidates: ['A'] }));
    expect(await store.resume(first)).toMatchObject({ resumedAt: 1, pages: 1, cursor: 'c1' });
    const anew = await store.begin({ ...NAME, scope: 's2' }, 'the mapping changed');
    expect(anew).toMatchObject({ restarted: 'the mapping changed', pages: 0, cursor: null, resumedAt: null });
    await expect(store.resume(first)).rejects.toMatchObject({ code: 'HUB_SCAN_INCOMPLETE' });
    const ended = await store.end(await store.savePage(anew, aPage(['A'], null)));
    expect(await candidatesOf(store, ended)).toEqual([]);
    await store.forget('product');
    expect(await store.findScan('r1', 'product')).toBeNull();
  });
}
