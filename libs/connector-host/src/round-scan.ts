import type { WalkPage } from '#connector-sdk';
import type { ExternalId } from '#kernel';
import { HubError } from '#kernel';
import type { RoundMirror } from '#mirror';
import { scanPaged, type ComparedPage, type ScanState, type ScanStore } from '#reconciliation';
import type { EntityContext, HostContext } from './host-context.js';
import { comparePage, findByDigests, noteRescan, readCandidates, type Candidate } from './scan.js';

/** What a round's scan works with. */
export interface RoundScanOptions {
  readonly roundId: string;
  readonly mirror: RoundMirror;
  readonly scans: ScanStore;
  readonly signal: AbortSignal;
}

/** A complete scan: counts of the whole system, and what differed from the mirror, read again under tickets of its own. */
export interface RoundScan {
  readonly scanned: number;
  readonly known: number;
  readonly candidates: AsyncIterable<readonly Candidate[]>;
}

/** Candidates looked at together: so many records are in memory at once. */
const CANDIDATES_AT_ONCE = 5_000;
/** A refused call is tried again after the wait that the system asks for, so often in a row. */
const MAX_WAITS = 60;

/**
 * Compares the whole entity with the mirror, by digests where the system computes them. Otherwise page by page: each page
 * is stored when it is compared, so that a scan that was killed goes on from its last page.
 * @throws HubError of the connector; then nothing may be decided from the scan
 */
export async function scanForRound(
  context: HostContext,
  entity: EntityContext,
  options: RoundScanOptions,
): Promise<RoundScan> {
  const { mirror, scans } = options;
  const byDigests = await findByDigests(context, entity, mirror);
  if (byDigests.kind === 'found') {
    const { known, scanned, candidates } = byDigests;
    return { known, scanned, candidates: readAgain(context, entity, mirror, chunksOf(candidates)) };
  }
  const version = byDigests.kind === 'rescan' ? byDigests.version : '';
  const state = await scanPaged({
    ...{ store: scans, roundId: options.roundId, entity: entity.entity, signal: options.signal },
    scope: `${entity.mappingVersion} ${version}`,
    readPage: (cursor) => patiently(context, options.signal, () => readPage(context, entity, mirror, cursor)),
    ...(entity.capabilities.walk !== true && { maxIdlePages: Number.POSITIVE_INFINITY }), // ids rise: checked page by page
    passed: (place, at) => note(context, place, at),
  });
  const candidates = readAgain(context, entity, mirror, storedChunks(scans, state));
  if (byDigests.kind === 'rescan') await noteRescan(context, entity, version);
  return { known: state.known, scanned: state.scanned, candidates };
}

function note(context: HostContext, place: string, { entity, pages, restarted }: ScanState): void {
  const facts = { system: context.system, entity, pages };
  if (place === 'page-read' || place === 'page-stored' || place === 'ended') context.failpoint(`scan:${place}`);
  if (place === 'page-stored')
    context.metrics.count('plumbline_scan_pages_total', 1, { system: context.system, entity });
  if (place === 'resumed') context.logger.info(facts, 'scan goes on from its last page');
  if (place === 'restarted') context.logger.warn({ ...facts, reason: restarted }, 'scan begins anew');
}

/** Records that equal their row are known by a hash inside the database; only the others are looked at here. */
async function readPage(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  cursor: string | null,
): Promise<ComparedPage> {
  const ticket = await context.store.drawTicket();
  const { records, rejected, next, total } = await readSystem(context, entity, cursor);
  const unequal = await mirror.findUnequal(entity.entity, records);
  const doubtful = records.filter(({ externalId }) => unequal.has(externalId));
  const ids = doubtful.map(({ externalId }) => externalId);
  const entries = ids.length > 0 ? await mirror.findEntries(entity.entity, null, ids, ticket) : [];
  const page = { records: doubtful, entries, unreadable: new Set<string>(), ticket };
  const found = await comparePage(context, entity, page);
  return {
    ...{ readIds: records.map(({ externalId }) => externalId), cursor: next, total },
    unreadableIds: rejected.map(({ externalId }) => externalId),
    // a row that the page does not show may be on another one
    candidates: found.filter(({ record }) => record !== null).map(({ difference }) => difference.externalId),
  };
}

/** One page of all records of a system. */
interface SystemPage extends Pick<WalkPage, 'records' | 'rejected' | 'total'> {
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}

/** One page of all records at a cursor of an earlier page (null: the first). @throws HubError HUB_SCAN_CURSOR_EXPIRED, HUB_SCAN_INCOMPLETE */
export async function readSystem(
  { connector, settings }: HostContext,
  { entity, capabilities }: EntityContext,
  cursor: string | null,
): Promise<SystemPage> {
  if (capabilities.walk && connector.walk) {
    const { cursor: next, ...page } = await connector.walk(entity, cursor);
    return { ...page, next };
  }
  const from = cursor as ExternalId | null;
  const { records, rejected, next } = await connector.scan(entity, { from, to: null }, from, settings.pageSize);
  if (from !== null && next !== null && Buffer.compare(Buffer.from(next), Buffer.from(from)) <= 0)
    throw new HubError('HUB_SCAN_INCOMPLETE', `The pages of ${entity} do not come in order of ids.`, { entity });
  return { records, rejected, next, total: null };
}

/** A wait that the system asks for, however long, ends no scan. @throws HubError what else the work throws */
async function patiently<T>({ clock }: HostContext, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let waits = 0; ; waits += 1) {
    try {
      return await work();
    } catch (error) {
      const waitMs = error instanceof HubError ? error.details['retryAfterMs'] : undefined;
      if (typeof waitMs !== 'number' || waits === MAX_WAITS || signal.aborted) throw error;
      await clock.sleep(waitMs, signal);
    }
  }
}

async function* readAgain(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  chunks: AsyncIterable<readonly string[]> | Iterable<readonly string[]>,
): AsyncGenerator<readonly Candidate[]> {
  for await (const ids of chunks) yield await readCandidates(context, entity, mirror, ids);
}

function* chunksOf(ids: readonly string[]): Generator<readonly string[]> {
  for (let start = 0; start < ids.length; start += CANDIDATES_AT_ONCE)
    yield ids.slice(start, start + CANDIDATES_AT_ONCE);
}

async function* storedChunks(scans: ScanStore, state: ScanState): AsyncGenerator<readonly string[]> {
  for (let after: string | null = null; ;) {
    const ids: readonly string[] = await scans.findCandidates(state, after, CANDIDATES_AT_ONCE);
    if (ids.length > 0) yield ids;
    if (ids.length < CANDIDATES_AT_ONCE) return;
    after = ids.at(-1) ?? null;
  }
}
