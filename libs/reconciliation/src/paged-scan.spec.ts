import { HubError, type Clock } from '#kernel';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareBytes } from './digest-sides.js';
import { InMemoryScanStore } from './in-memory-scan-store.js';
import { scanPaged, type ComparedPage, type PagedScanOptions, type ScanState, type ScanStore } from './paged-scan.js';
import { FakeClock } from './round-builders.js';
import { testScanStore } from './scan-store.contract.js';

/** A system with pages of so many records, the mirror beside it, and the places at which the reader is killed. */
interface World {
  readonly rows: readonly string[];
  readonly shown: readonly string[];
  readonly edited: ReadonlySet<string>;
  readonly pageSize: number;
  /** Places passed between two kills. */
  readonly kills: readonly number[];
}

/** The scan, or one with a fault planted. */
type Scan = (options: PagedScanOptions) => Promise<ScanState>;

const NAME = { roundId: 'r1', entity: 'product', scope: 's1' } as const;
const KILL = new Error('killed');
const clock: Clock = new FakeClock();

const world: fc.Arbitrary<World> = fc
  .record({
    ids: fc.uniqueArray(fc.nat({ max: 99 }), { maxLength: 40 }),
    fates: fc.array(fc.constantFrom('same', 'same', 'same', 'edited', 'missing', 'foreign'), {
      minLength: 40,
      maxLength: 40,
    }),
    pageSize: fc.integer({ min: 1, max: 7 }),
    kills: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 5 }),
  })
  .map(({ ids, fates, pageSize, kills }) => {
    const of = (...wanted: string[]): string[] =>
      ids.filter((_, n) => wanted.includes(fates[n] ?? '')).map((id) => `P-${id}`);
    const edited = new Set(of('edited'));
    return { rows: of('same', 'edited', 'missing'), shown: of('same', 'edited', 'foreign'), edited, pageSize, kills };
  });

/** Pages in the system's own order: the cursor is a place in the list. */
function pagesOf({ rows, shown, edited, pageSize }: World, cursor: string | null): ComparedPage {
  const from = Number(cursor ?? 0);
  const readIds = shown.slice(from, from + pageSize);
  const candidates = readIds.filter((id) => edited.has(id) || !rows.includes(id));
  const isLast = from + pageSize >= shown.length;
  return {
    readIds,
    unreadableIds: [],
    candidates,
    cursor: isLast ? null : String(from + pageSize),
    total: shown.length,
  };
}

/** Runs a scan whose process is killed again and again. @returns what it says, and how many pages were read */
async function runKilled(given: World, scan: Scan, inner: ScanStore = storeOf(given)) {
  const [kills, asked] = [[...given.kills], [] as (string | null)[]];
  for (;;) {
    let left = kills.shift() ?? Number.POSITIVE_INFINITY;
    const passed = (): void => {
      left -= 1;
      if (left === 0) throw KILL;
    };
    const readPage = async (cursor: string | null): Promise<ComparedPage> => {
      asked.push(cursor);
      return pagesOf(given, cursor);
    };
    try {
      const ended = await scan({ ...NAME, store: inner, readPage, passed });
      return { ended, candidates: await inner.findCandidates(ended, null, 1_000), asked };
    } catch (error) {
      if (error !== KILL) throw error;
    }
  }
}

function storeOf({ rows }: World): InMemoryScanStore {
  return new InMemoryScanStore(() => rows, clock);
}

/** What a scan without any kill must say. */
function expectedOf({ rows, shown, edited }: World) {
  const differs = shown.filter((id) => edited.has(id) || !rows.includes(id));
  const missing = rows.filter((id) => !shown.includes(id));
  return { scanned: shown.length, known: rows.length, candidates: [...differs, ...missing].sort(compareBytes) };
}

async function isRight(given: World, scan: Scan, store?: ScanStore): Promise<boolean> {
  const { ended, candidates } = await runKilled(given, scan, store);
  const { scanned, known } = ended;
  return JSON.stringify({ scanned, known, candidates }) === JSON.stringify(expectedOf(given));
}

describe('a scan of pages', () => {
  testScanStore(async () => {
    const rows: string[] = [];
    return {
      store: new InMemoryScanStore(() => rows, clock),
      setRows: async (ids) => void rows.splice(0, rows.length, ...ids),
      addRow: async (id) => void rows.push(id),
    };
  });

  test('says the same wherever it is killed, and reads no page twice but the one under way', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (given) => {
        expect(await isRight(given, scanPaged)).toBe(true);
        const { asked, ended } = await runKilled(given, scanPaged);
        expect(asked.length).toBeLessThanOrEqual(ended.pages + given.kills.length);
      }),
      { numRuns: 300 },
    );
  });

  test('begins anew under another mapping, and says so', async () => {
    const given: World = { rows: ['A', 'B'], shown: ['A', 'B'], edited: new Set(['B']), pageSize: 1, kills: [] };
    const store = storeOf(given);
    await store.savePage(await store.begin(NAME, null), pagesOf(given, null));
    const readPage = async (cursor: string | null) => pagesOf(given, cursor);
    const ended = await scanPaged({ ...NAME, scope: 's2', store, readPage });
    expect(ended).toMatchObject({ pages: 2, scanned: 2, resumedAt: null });
    expect(ended.restarted).toMatch(/mapping/);
  });

  test('begins anew where the system does not take the cursor any more, says so, and gives up in the end', async () => {
    const given: World = { rows: ['A', 'B', 'C'], shown: ['A', 'B', 'C'], edited: new Set(), pageSize: 1, kills: [] };
    let refusals = 2;
    const readPage = async (cursor: string | null) => {
      if (cursor === '2' && refusals > 0) {
        refusals -= 1;
        throw new HubError('HUB_SCAN_CURSOR_EXPIRED', 'No such page any more.');
      }
      return pagesOf(given, cursor);
    };
    expect(await scanPaged({ ...NAME, store: storeOf(given), readPage })).toMatchObject({
      ...{ pages: 3, scanned: 3, restarted: 'No such page any more.' },
    });
    refusals = 9;
    await expect(scanPaged({ ...NAME, store: storeOf(given), readPage })).rejects.toMatchObject({
      code: 'HUB_SCAN_CURSOR_EXPIRED',
    });
  });

  test('ends as incomplete where pages go in a circle, and nothing of it is gone on with', async () => {
    const store = storeOf({ rows: ['A'], shown: ['A'], edited: new Set(), pageSize: 1, kills: [] });
    let n = 0;
    const readPage = async (): Promise<ComparedPage> => {
      n += 1;
      return { readIds: ['A'], unreadableIds: [], candidates: [], cursor: `c${n % 3}`, total: null };
    };
    const scan = scanPaged({ ...NAME, store, readPage, maxIdlePages: 20 });
    await expect(scan).rejects.toMatchObject({ code: 'HUB_SCAN_INCOMPLETE' });
    expect(await store.findScan('r1', 'product')).toBeNull();
  });

  test('stops between two pages when the process does, and keeps what it has', async () => {
    const given: World = { rows: [], shown: ['A', 'B', 'C'], edited: new Set(), pageSize: 1, kills: [] };
    const [store, stopping] = [storeOf(given), new AbortController()];
    const readPage = async (cursor: string | null) => {
      stopping.abort();
      return pagesOf(given, cursor);
    };
    const scan = scanPaged({ ...NAME, store, readPage, signal: stopping.signal });
    await expect(scan).rejects.toMatchObject({ code: 'HUB_SCAN_INCOMPLETE', disposition: 'retry' });
    expect(await store.findScan('r1', 'product')).toMatchObject({ pages: 1, cursor: '1', phase: 'reading' });
  });
});

/** A store that forgets or invents something when a scan is taken up again. */
function wrongAtResume(
  given: World,
  change: (inner: InMemoryScanStore, state: ScanState) => Promise<ScanState>,
): ScanStore {
  const inner = storeOf(given);
  return new Proxy<ScanStore>(inner, {
    get: (target, name) => {
      if (name === 'resume') return async (state: ScanState) => change(inner, await target.resume(state));
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** Begins a new scan at the same place, with some of what was stored. */
async function rebuilt(inner: InMemoryScanStore, state: ScanState, page: Partial<ComparedPage>): Promise<ScanState> {
  const anew = await inner.begin(state, null);
  const empty = { readIds: [], unreadableIds: [], candidates: [], cursor: state.cursor, total: null };
  return inner.savePage(anew, { ...empty, ...page });
}

describe('mutants of a scan that was killed', () => {
  const idsBefore = (given: World, state: ScanState): string[] => given.shown.slice(0, Number(state.cursor ?? 0));
  const MUTANTS: Readonly<Record<string, (given: World) => { readonly scan?: Scan; readonly store?: ScanStore }>> = {
    'forgets its candidates': (given) => ({
      store: wrongAtResume(given, async (inner, state) =>
        state.phase === 'reading' ? rebuilt(inner, state, { readIds: idsBefore(given, state) }) : state,
      ),
    }),
    'skips a page': (given) => ({
      store: wrongAtResume(given, async (_, state) =>
        state.phase === 'reading' ? { ...state, cursor: String(Number(state.cursor) + given.pageSize) } : state,
      ),
    }),
    'judges only the part after the kill': (given) => ({
      store: wrongAtResume(given, async (inner, state) =>
        state.phase === 'reading' ? rebuilt(inner, state, {}) : state,
      ),
    }),
    'takes a scan that was begun for one that ended': () => ({
      scan: async (options) => {
        const stored = await options.store.findScan(options.roundId, options.entity);
        return stored && stored.pages > 0 ? stored : scanPaged(options);
      },
    }),
  };

  test.each(Object.keys(MUTANTS))('is caught: %s', async (name) => {
    const property = fc.asyncProperty(world, async (given) => {
      const { scan = scanPaged, store } = MUTANTS[name]?.(given) ?? {};
      return isRight(given, scan, store);
    });
    expect((await fc.check(property, { numRuns: 300 })).failed).toBe(true);
  });
});
