import type { Entity } from '#contracts';
import { HubError } from '#kernel';

/** A page of the system that was read and compared with the mirror. */
export interface ComparedPage {
  /** External ids of the records on it; pages may overlap. */
  readonly readIds: readonly string[];
  /** External ids of records that are there and could not be mapped. */
  readonly unreadableIds: readonly string[];
  /** External ids of records that differ from their mirror row as the page shows them: they are read again at the end. */
  readonly candidates: readonly string[];
  /** Where the next page begins: opaque, durable; null after the last page. */
  readonly cursor: string | null;
  /** How many records the system says it has; null where it does not say. */
  readonly total: number | null;
}

/** How far a scan is, as stored with its last page. */
export interface ScanState {
  readonly id: string;
  readonly roundId: string;
  readonly entity: Entity;
  /** Names mapping, filter and rules of comparing; pages read under another one do not count. */
  readonly scope: string;
  /** `reading` pages; `read`: all of them; `ended`: records that no page showed are candidates, too. */
  readonly phase: 'reading' | 'read' | 'ended';
  readonly cursor: string | null;
  readonly pages: number;
  /** Distinct records that the pages showed, and could be mapped. */
  readonly scanned: number;
  /** Live records that the mirror knew when the scan began. */
  readonly known: number;
  readonly total: number | null;
  /** Pages in a row that showed nothing new. */
  readonly idle: number;
  /** Pages that were read when the scan was last taken up again; null when it never was. */
  readonly resumedAt: number | null;
  /** Why the scan was begun anew; null when it was not. */
  readonly restarted: string | null;
  readonly beganAtMs: number;
}

/** Which scan, and what it compares. */
export interface ScanName {
  readonly roundId: string;
  readonly entity: Entity;
  readonly scope: string;
}

/**
 * Keeps scans of paged systems, so that one that was killed goes on from its last page. A page and what it showed are
 * stored in one transaction; no record is kept, only ids.
 */
export interface ScanStore {
  findScan(roundId: string, entity: Entity): Promise<ScanState | null>;
  /** The entity's scan, of whatever round. */
  findAny(entity: Entity): Promise<ScanState | null>;
  /** Begins from the first page; forgets every other scan of the entity. */
  begin(name: ScanName, restarted: string | null): Promise<ScanState>;
  /** Notes that the scan is taken up again. */
  resume(state: ScanState): Promise<ScanState>;
  /** @throws HubError HUB_SCAN_INCOMPLETE where the stored scan is not at `state`: somebody else went on with it. */
  savePage(state: ScanState, page: ComparedPage): Promise<ScanState>;
  /**
   * Makes candidates of the live rows that no page showed; rows that came after the scan had begun are left out.
   * @throws HubError HUB_SCAN_INCOMPLETE as {@link savePage}
   */
  end(state: ScanState): Promise<ScanState>;
  /** Ids in byte order, after `after`. */
  findCandidates(state: ScanState, after: string | null, limit: number): Promise<string[]>;
  /** Forgets every scan of the entity. */
  forget(entity: Entity): Promise<void>;
}

/** What a scan works with. */
export interface PagedScanOptions extends ScanName {
  readonly store: ScanStore;
  /** Reads the page at a cursor (null: the first) and compares it. @throws HubError HUB_SCAN_CURSOR_EXPIRED among others */
  readonly readPage: (cursor: string | null) => Promise<ComparedPage>;
  /** Pages in a row without a new record after which the system's paging is taken for a circle. */
  readonly maxIdlePages?: number;
  readonly signal?: AbortSignal;
  /** Told where the scan is, for logs and for fault runs. */
  readonly passed?: (place: 'resumed' | 'restarted' | 'page-read' | 'page-stored' | 'ended', state: ScanState) => void;
}

const MAX_IDLE_PAGES = 200;
const MAX_RESTARTS = 2;

/**
 * Reads all pages of a system, from where the stored scan of this round stands. A cursor that the system no longer takes
 * and another scope begin anew. After any other error the pages that were stored count the next time.
 * @returns the ended scan: its counts are of all pages, whoever read them
 * @throws HubError HUB_SCAN_INCOMPLETE for pages that go in a circle, and when the process stops
 */
export async function scanPaged(options: PagedScanOptions): Promise<ScanState> {
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await readOn(options, await takeUp(options));
    } catch (error) {
      if (!isExpired(error) || restarts === MAX_RESTARTS) throw error;
      await beginAnew(options, error.message);
    }
  }
}

async function takeUp(options: PagedScanOptions): Promise<ScanState> {
  const { store, roundId, entity, scope } = options;
  const stored = await store.findScan(roundId, entity);
  if (stored === null) return store.begin({ roundId, entity, scope }, null);
  if (stored.scope !== scope) return beginAnew(options, 'The mapping or the rules of comparing changed.');
  if (stored.pages === 0 || stored.phase === 'ended') return stored;
  const state = await store.resume(stored);
  options.passed?.('resumed', state);
  return state;
}

async function beginAnew(options: PagedScanOptions, why: string): Promise<ScanState> {
  const { store, roundId, entity, scope } = options;
  const state = await store.begin({ roundId, entity, scope }, why);
  options.passed?.('restarted', state);
  return state;
}

async function readOn(options: PagedScanOptions, from: ScanState): Promise<ScanState> {
  const { store, passed } = options;
  let state = from;
  while (state.phase === 'reading') state = await readNext(options, state);
  if (state.phase === 'read') state = await store.end(state);
  passed?.('ended', state);
  return state;
}

async function readNext(options: PagedScanOptions, before: ScanState): Promise<ScanState> {
  const { store, readPage, signal, passed, maxIdlePages = MAX_IDLE_PAGES } = options;
  if (signal?.aborted) throw incomplete('The process stops; the scan goes on from its last page.', before);
  const page = await readPage(before.cursor);
  passed?.('page-read', before);
  const state = await store.savePage(before, page);
  passed?.('page-stored', state);
  const isStuck = page.cursor !== null && page.cursor === before.cursor;
  if (isStuck || state.idle >= maxIdlePages) throw await circle(store, state);
  return state;
}

/** Nothing of such a scan can be gone on with. */
async function circle(store: ScanStore, state: ScanState): Promise<HubError> {
  await store.forget(state.entity);
  return incomplete(`The pages of ${state.entity} go in a circle: see how its list is paged and ordered.`, state);
}

function incomplete(message: string, { entity, pages }: ScanState): HubError {
  return new HubError('HUB_SCAN_INCOMPLETE', message, { entity, pages });
}

function isExpired(error: unknown): error is HubError {
  return error instanceof HubError && error.code === 'HUB_SCAN_CURSOR_EXPIRED';
}
