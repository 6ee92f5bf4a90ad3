import type { ExternalId } from '#kernel';
import { isOlder, type MirrorEntry, type RoundMirror, type StoredDifference } from '#mirror';
import { confirmCandidates, type Comparison } from '#reconciliation';
import type { EntityContext, HostContext } from './host-context.js';
import { assertFewOlder } from './restored-system.js';
import { groupByTicket, readingDigest, type Candidate } from './scan.js';
import { isBusy } from './verify.js';

/** A candidate whose write is under way is looked at so often, in such pauses, before it is left undecided. */
const PATIENCE = { attempts: 20, pauseMs: 250 };

/** Judges the candidates of one scan, some at a time. */
export class CandidateFilter {
  /** External ids read at an older version than one seen before, in the whole scan: many of them mean a restored system. */
  private readonly older = new Set<string>();

  constructor(
    private readonly context: HostContext,
    private readonly entity: EntityContext,
    private readonly mirror: RoundMirror,
  ) {}

  /**
   * Those that are drift, and those of which nothing can be said. What the live path sees by itself must have been read
   * since they were. @throws HubError HUB_SOURCE_RESTORED
   */
  async confirm(candidates: readonly Candidate[]): Promise<StoredDifference[]> {
    const byId = new Map<string, Candidate>(
      candidates.map((candidate) => [candidate.difference.externalId, candidate]),
    );
    const reader = { read: (ids: readonly string[]) => this.look(ids.flatMap((id) => byId.get(id) ?? [])) };
    const { clock } = this.context;
    const confirmed = await confirmCandidates([...byId.keys()], reader, { clock, ...PATIENCE });
    return confirmed.flatMap(({ externalId, kind, fields }) => {
      const candidate = byId.get(externalId);
      if (!candidate) return [];
      const { record, difference } = candidate;
      return { ...difference, kind, fields, digest: record ? readingDigest(this.entity, record) : '' };
    });
  }

  /** The mirror rows as they are now, beside what was read under the candidates' tickets. */
  private async look(candidates: readonly Candidate[]): Promise<Comparison[]> {
    const found: Comparison[] = [];
    for (const group of groupByTicket(candidates)) found.push(...(await this.lookAt(group)));
    return found;
  }

  private async lookAt(group: readonly [Candidate, ...Candidate[]]): Promise<Comparison[]> {
    const { context, entity } = this;
    const ids = group.map(({ difference }) => difference.externalId);
    const entries = await this.mirror.findEntries(entity.entity, null, ids, group[0].ticket);
    const byId = new Map<string | null, MirrorEntry>(entries.map((entry) => [entry.row.externalId, entry]));
    const present = await fetchMissing(context, entity, group);
    return group.flatMap((candidate) => {
      const { externalId } = candidate.difference;
      const entry = byId.get(externalId);
      this.noteOlder(candidate, entry);
      return present.has(externalId) ? [] : [toComparison(candidate, entry)];
    });
  }

  private noteOlder({ record }: Candidate, entry: MirrorEntry | undefined): void {
    const observation = entry?.row.observation;
    if (!record || !observation || entry.moved || !isOlder(observation, record, this.entity.traits)) return;
    this.older.add(record.externalId);
    assertFewOlder(this.context.system, this.entity.entity, this.older.size, record);
  }
}

/** A record that the mirror has as deleted, but golden knows, came back: it is no foreign one. */
function toComparison({ difference, record }: Candidate, entry: MirrorEntry | undefined): Comparison {
  const { externalId, key } = difference;
  const observed = record?.fields ?? null;
  if (!entry) return { externalId, key, mirror: null, observed, hasIntent: false, moved: false, isForeign: true };
  const { observation } = entry.row;
  const mirror = observation?.status === 'live' ? observation.fields : null;
  const isForeign = mirror === null && !entry.hasGolden;
  return { externalId, key, mirror, observed, hasIntent: isBusy(entry), moved: entry.moved, isForeign };
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
