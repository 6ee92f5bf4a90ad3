import { equalValues, recordDigest } from '#canonical';
import type { KeyRange, ObservedRecord } from '#connector-sdk';
import { ENTITIES } from '#contracts';
import type { ExternalId } from '#kernel';
import type { MirrorEntry, MirrorRow, ReadTicket, RoundMirror, StoredDifference } from '#mirror';
import { chooseRangeCount, compareRanges } from '#reconciliation';
import type { EntityContext, HostContext } from './host-context.js';

/** A record that differs from its mirror row, or has none; `record` null where the system no longer shows it. */
export interface Candidate {
  readonly difference: StoredDifference;
  readonly record: ObservedRecord | null;
  readonly ticket: ReadTicket;
}

/** One page of a scan beside the mirror. */
export interface MirroredPage {
  readonly records: readonly ObservedRecord[];
  /** Rows of the page's part of the range, and rows of its records. */
  readonly entries: readonly MirrorEntry[];
  /** External ids of records that could be read, but not mapped. */
  readonly unreadable: ReadonlySet<string>;
  /** Drawn before the page was read. */
  readonly ticket: ReadTicket;
}

/** What a complete scan saw. */
export interface ScanResult {
  readonly scanned: number;
  readonly known: number;
  readonly candidates: readonly Candidate[];
}

/** Differences that the last scan is assumed to have left; sizes the ranges. */
const EXPECTED_DRIFT = 100;

/**
 * Reads the whole entity (where the system computes digests: only ranges whose digest differs) and compares it with the
 * mirror. What differs is a candidate only: a row that moves meanwhile is not drift.
 * @throws HubError of the connector; then nothing may be decided from the scan
 */
export async function scanEntity(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
): Promise<ScanResult> {
  const known = await mirror.countLive(entity.entity);
  if (!entity.capabilities.digest || !context.connector.digest) {
    const { candidates, scanned } = await scanRange(context, entity, mirror, { from: null, to: null });
    return { scanned, known, candidates };
  }
  const { dirty, cleanCount } = await findDirtyRanges(context, entity, mirror, known);
  const candidates: Candidate[] = [];
  let scanned = cleanCount;
  for (const range of dirty) {
    const found = await scanRange(context, entity, mirror, range);
    candidates.push(...found.candidates);
    scanned += found.scanned;
  }
  return { scanned, known, candidates };
}

async function findDirtyRanges(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  known: number,
): Promise<{ readonly dirty: readonly KeyRange[]; readonly cleanCount: number }> {
  const count = chooseRangeCount(known, EXPECTED_DRIFT);
  const boundaries = await mirror.findBoundaries(entity.entity, Math.max(1, Math.ceil(known / count)));
  const ends: (ExternalId | null)[] = [...boundaries, null];
  const ranges: KeyRange[] = ends.map((to, index) => ({ from: index === 0 ? null : (ends[index - 1] ?? null), to }));
  const theirs = (await context.connector.digest?.(entity.entity, ranges)) ?? [];
  const ours = await mirror.digestRanges(entity.entity, ranges);
  const dirty = compareRanges(ranges, ours, theirs);
  const isDirty = new Set(dirty);
  const cleanCount = ranges.reduce(
    (sum, range, index) => sum + (isDirty.has(range) ? 0 : (theirs[index]?.count ?? 0)),
    0,
  );
  return { dirty, cleanCount };
}

async function scanRange(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  range: KeyRange,
): Promise<{ readonly candidates: Candidate[]; readonly scanned: number }> {
  const candidates: Candidate[] = [];
  let scanned = 0;
  for await (const page of scanPages(context, entity, mirror, range)) {
    candidates.push(...comparePage(entity, page).map((found) => ({ ...found, ticket: page.ticket })));
    scanned += page.records.length;
  }
  return { candidates, scanned };
}

/** Pages of a scan in the order of external ids, each with the mirror rows of its part of the range. */
export async function* scanPages(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  range: KeyRange,
): AsyncGenerator<MirroredPage> {
  let after = range.from;
  for (;;) {
    const ticket = await context.store.drawTicket();
    const page = await context.connector.scan(entity.entity, { from: after, to: range.to }, after, pageSize(context));
    const covered = { from: after, to: page.next ?? range.to };
    const unreadable = new Set(page.rejected.map(({ externalId }) => externalId));
    const ids = page.records.map(({ externalId }) => externalId);
    const entries = await mirror.findEntries(entity.entity, covered, ids, ticket);
    yield { records: page.records, entries, unreadable, ticket };
    if (page.next === null) return;
    after = page.next;
  }
}

function pageSize(context: HostContext): number {
  return context.settings.pageSize;
}

function comparePage(entity: EntityContext, page: MirroredPage): Omit<Candidate, 'ticket'>[] {
  const { records, entries } = page;
  const byId = new Map(entries.map((entry) => [entry.row.externalId as string, entry]));
  const found: Omit<Candidate, 'ticket'>[] = [];
  for (const record of records) {
    const entry = byId.get(record.externalId);
    const difference = compareRecord(entity, record, entry);
    if (difference) found.push({ difference, record });
  }
  for (const { externalId, key } of missingOf(page))
    found.push({ difference: { externalId, key, kind: 'missing', fields: ['existence'], digest: '' }, record: null });
  return found;
}

/** Live rows whose record the page should have shown and does not. */
export function missingOf({ records, entries, unreadable }: MirroredPage): (MirrorRow & { externalId: ExternalId })[] {
  const seen = new Set<string>(records.map(({ externalId }) => externalId));
  return entries.flatMap(({ row }) => {
    const { externalId, observation } = row;
    if (externalId === null || observation?.status !== 'live') return [];
    return seen.has(externalId) || unreadable.has(externalId) ? [] : [{ ...row, externalId }];
  });
}

/** How a record differs from its mirror row; null when it does not. */
export function compareRecord(
  entity: EntityContext,
  record: ObservedRecord,
  entry: Pick<MirrorEntry, 'row'> | undefined,
): StoredDifference | null {
  const { externalId, key } = record;
  const digest = readingDigest(entity, record);
  const observation = entry?.row.observation;
  if (observation?.status !== 'live') return { externalId, key, kind: 'foreign', fields: ['existence'], digest };
  const fields = Object.keys(record.fields).filter(
    (name) => !(name in observation.fields) || !equalValues(observation.fields[name], record.fields[name]),
  );
  return fields.length === 0 ? null : { externalId, key, kind: 'changed', fields, digest };
}

/** Digest of a reading, so that an approval names exactly what was shown. */
export function readingDigest(entity: EntityContext, record: ObservedRecord): string {
  const types: Record<string, (typeof ENTITIES)[typeof entity.entity]['fields'][string]['type']> = {};
  for (const [name, field] of Object.entries(ENTITIES[entity.entity].fields)) types[name] = field.type;
  return recordDigest(types, record.fields);
}

/** Candidates that were read under the same ticket, page by page. */
export function groupByTicket(candidates: readonly Candidate[]): Candidate[][] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const group = groups.get(candidate.ticket);
    if (group) group.push(candidate);
    else groups.set(candidate.ticket, [candidate]);
  }
  return [...groups.values()];
}
