import { recordDigest } from '#canonical';
import type { DigestTraits, KeyDigest, KeyRange, ObservedRecord } from '#connector-sdk';
import { ENTITIES } from '#contracts';
import type { ExternalId } from '#kernel';
import type { MirrorEntry, ReadTicket, RoundMirror, StoredDifference } from '#mirror';
import { findDiffering, firstPlan, scanByDigests, type IdRange } from '#reconciliation';
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

const WHOLE: KeyRange = { from: null, to: null };

/**
 * Compares the whole entity with the mirror. Where the system computes digests only what differs by digest is read; where
 * the digests are of another version than the mirror's, every record. What differs is a candidate only: a row that moves
 * meanwhile is not drift.
 * @throws HubError of the connector; then nothing may be decided from the scan
 */
export async function scanEntity(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
): Promise<ScanResult> {
  const found = await findByDigests(context, entity, mirror);
  if (found.kind === 'found')
    return { ...found, candidates: await readCandidates(context, entity, mirror, found.candidates) };
  const scan = await scanRange(context, entity, mirror, WHOLE);
  if (found.kind === 'rescan') await noteRescan(context, entity, found.version, scan.candidates.length);
  return { known: found.known, ...scan };
}

/** What digests say: ids of records that differ; that every record must be read; or that the system computes none. */
export type FoundByDigests =
  | { readonly kind: 'found'; readonly known: number; readonly scanned: number; readonly candidates: readonly string[] }
  | { readonly kind: 'rescan'; readonly known: number; readonly version: string }
  | { readonly kind: 'none'; readonly known: number };

/** Compares by digests, where the system computes them. */
export async function findByDigests(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
): Promise<FoundByDigests> {
  const known = await mirror.countLive(entity.entity);
  const traits = entity.capabilities.digest ? await context.connector.digestTraits?.(entity.entity) : undefined;
  if (!traits) return { kind: 'none', known };
  const sides = sidesOf(context, entity, mirror);
  const found = await scanByDigests({ ...sides, ...toOptions(context, traits), rows: known });
  if (found === 'rescan') return { kind: 'rescan', known, version: traits.version };
  return { kind: 'found', known, scanned: found.scanned, candidates: found.candidates };
}

/** Every record was read under the digests of this version. */
export function noteRescan(
  { digests }: HostContext,
  { entity }: EntityContext,
  version: string,
  drift = 0,
): Promise<void> {
  return digests.savePlan(entity, firstPlan(version, drift));
}

function toOptions({ digests, clock }: HostContext, { version, isPass }: DigestTraits) {
  return { plans: digests, clock, digestVersion: version, atOnce: isPass };
}

function sidesOf({ connector, digests }: HostContext, { entity }: EntityContext, mirror: RoundMirror) {
  const toKeys = (ranges: readonly IdRange[]): readonly KeyRange[] => ranges as readonly KeyRange[];
  return {
    entity,
    findBoundaries: (step: number) => mirror.findBoundaries(entity, step),
    ours: {
      digestRanges: (ranges: readonly IdRange[]) => digests.digestRanges(entity, ranges),
      findKeyDigests: (ranges: readonly IdRange[]) => digests.findKeyDigests(entity, ranges),
    },
    theirs: {
      digestRanges: async (ranges: readonly IdRange[]) => (await connector.digest?.(entity, toKeys(ranges))) ?? [],
      findKeyDigests: async (ranges: readonly IdRange[]) =>
        (await connector.keyDigests?.(entity, toKeys(ranges))) ?? [],
    },
  };
}

/** Reads records whose digest differs, page by page, each under a ticket of its own, with their mirror rows. */
export async function readCandidates(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  found: readonly string[],
): Promise<Candidate[]> {
  const candidates: Candidate[] = [];
  for (let start = 0; start < found.length; start += pageSize(context)) {
    const ids = found.slice(start, start + pageSize(context)) as ExternalId[];
    const ticket = await context.store.drawTicket();
    const { records, rejected } = await context.connector.fetch(entity.entity, { by: 'externalId', ids });
    const entries = await mirror.findEntries(entity.entity, null, ids, ticket);
    const unreadable = new Set(rejected.map(({ externalId }) => externalId));
    candidates.push(...(await comparePage(context, entity, { records, entries, unreadable, ticket })));
  }
  return candidates;
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
    candidates.push(...(await comparePage(context, entity, page)));
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

/** A record that equals its row under another digest needs no second look: the row takes the digest. */
export async function comparePage(
  context: HostContext,
  entity: EntityContext,
  page: MirroredPage,
): Promise<Candidate[]> {
  const { records, entries, ticket } = page;
  const byId = new Map(entries.map((entry) => [entry.row.externalId as string, entry]));
  const found: Candidate[] = [];
  const equal: KeyDigest[] = [];
  for (const record of records) {
    const entry = byId.get(record.externalId);
    const difference = compareRecord(entity, record, entry);
    if (difference) found.push({ difference, record, ticket });
    else if (record.digest !== null && entry?.row.observation?.digest !== record.digest)
      equal.push({ externalId: record.externalId, digest: record.digest });
  }
  if (equal.length > 0) await context.digests.saveDigests(entity.entity, equal, ticket);
  for (const { externalId, key } of missingOf(page)) {
    const difference = { externalId, key, kind: 'missing' as const, fields: ['existence'], digest: '' };
    found.push({ difference, record: null, ticket });
  }
  return found;
}

/** Live rows whose record the page should have shown and does not. */
export function missingOf({
  records,
  entries,
  unreadable,
}: MirroredPage): (MirrorEntry['row'] & { readonly externalId: ExternalId })[] {
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
  const fields = findDiffering(observation.fields, record.fields);
  return fields.length === 0 ? null : { externalId, key, kind: 'changed', fields, digest };
}

/** Digest of a reading, so that an approval names exactly what was shown. */
export function readingDigest(entity: EntityContext, record: ObservedRecord): string {
  const types: Record<string, (typeof ENTITIES)[typeof entity.entity]['fields'][string]['type']> = {};
  for (const [name, field] of Object.entries(ENTITIES[entity.entity].fields)) types[name] = field.type;
  return recordDigest(types, record.fields);
}

/** Candidates that were read under the same ticket, page by page. */
export function groupByTicket(candidates: readonly Candidate[]): [Candidate, ...Candidate[]][] {
  const groups = new Map<string, [Candidate, ...Candidate[]]>();
  for (const candidate of candidates) {
    const group = groups.get(candidate.ticket);
    if (group) group.push(candidate);
    else groups.set(candidate.ticket, [candidate]);
  }
  return [...groups.values()];
}
