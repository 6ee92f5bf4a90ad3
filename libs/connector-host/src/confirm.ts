import type { ObservedRecord } from '#connector-sdk';
import type { ExternalId } from '#kernel';
import { isOlder, type MirrorEntry, type RoundMirror, type StoredDifference } from '#mirror';
import { confirmCandidates, type Comparison } from '#reconciliation';
import type { EntityContext, HostContext } from './host-context.js';
import { assertFewOlder } from './restored-system.js';
import { groupByTicket, readingDigest, type Candidate } from './scan.js';
import { isBusy } from './verify.js';

/** A candidate whose write is under way is looked at so often, in such pauses, before it is left undecided. */
const PATIENCE = { attempts: 20, pauseMs: 250 };

/** Of the candidates of a scan, those that are drift, and those of which nothing can be said. */
export async function confirm(
  context: HostContext,
  entity: EntityContext,
  mirror: RoundMirror,
  candidates: readonly Candidate[],
): Promise<StoredDifference[]> {
  const byId = new Map<string, Candidate>(candidates.map((candidate) => [candidate.difference.externalId, candidate]));
  const older = new Set<string>();
  const reader = {
    read: async (ids: readonly string[]): Promise<Comparison[]> => {
      const found: Comparison[] = [];
      const asked = ids.flatMap((id) => byId.get(id) ?? []);
      for (const group of groupByTicket(asked)) found.push(...(await look({ context, entity, mirror, older }, group)));
      return found;
    },
  };
  const confirmed = await confirmCandidates([...byId.keys()], reader, { clock: context.clock, ...PATIENCE });
  return confirmed.flatMap(({ externalId, kind, fields }) => {
    const candidate = byId.get(externalId);
    if (!candidate) return [];
    const { record, difference } = candidate;
    return { ...difference, kind, fields, digest: record ? readingDigest(entity, record) : '' };
  });
}

interface Look {
  readonly context: HostContext;
  readonly entity: EntityContext;
  readonly mirror: RoundMirror;
  /** External ids read at an older version than one seen before. */
  readonly older: Set<string>;
}

/** The mirror rows as they are now, beside what was read under the candidates' ticket. */
async function look(
  { context, entity, mirror, older }: Look,
  group: readonly [Candidate, ...Candidate[]],
): Promise<Comparison[]> {
  const ids = group.map(({ difference }) => difference.externalId);
  const entries = await mirror.findEntries(entity.entity, null, ids, group[0].ticket);
  const byId = new Map<string | null, MirrorEntry>(entries.map((entry) => [entry.row.externalId, entry]));
  const present = await fetchMissing(context, entity, group);
  return group.flatMap((candidate) => {
    const { externalId } = candidate.difference;
    const entry = byId.get(externalId);
    if (isOlderCandidate(entity, candidate, entry)) {
      older.add(externalId);
      assertFewOlder(context.system, entity.entity, older.size, candidate.record);
    }
    return present.has(externalId) ? [] : [toComparison(candidate, entry)];
  });
}

/** A record that the mirror has as deleted, but golden knows, came back: it is no foreign one. */
function toComparison({ difference, record }: Candidate, entry: MirrorEntry | undefined): Comparison {
  const { externalId, key } = difference;
  const observed = record?.fields ?? null;
  if (!entry) return { externalId, key, mirror: null, observed, hasIntent: false, moved: false, isForeign: true };
  const { observation, golden } = entry.row;
  const mirror = observation?.status === 'live' ? observation.fields : null;
  const isForeign = mirror === null && golden === null;
  return { externalId, key, mirror, observed, hasIntent: isBusy(entry), moved: entry.moved, isForeign };
}

function isOlderCandidate(
  entity: EntityContext,
  candidate: Candidate,
  entry: MirrorEntry | undefined,
): candidate is Candidate & { readonly record: ObservedRecord } {
  const observation = entry?.row.observation;
  if (!candidate.record || !observation || entry.moved) return false;
  return isOlder(observation, candidate.record, entity.traits);
}

/** Absence is learned only from a scan plus a direct read. @returns external ids of candidates that are there after all */
export async function fetchMissing(
  { connector }: HostContext,
  { entity }: EntityContext,
  candidates: readonly Candidate[],
): Promise<ReadonlySet<string>> {
  const ids: ExternalId[] = [];
  for (const { record, difference } of candidates) if (record === null) ids.push(difference.externalId);
  if (ids.length === 0) return new Set();
  const { records, rejected } = await connector.fetch(entity, { by: 'externalId', ids });
  return new Set([...records, ...rejected].map(({ externalId }) => externalId));
}
