import type { Entity, GoldenEvent } from '#contracts';
import type { SurvivorshipPolicy } from '#hub-file';
import { HubError, type BusinessKey, type ExternalId, type SystemId } from '#kernel';
import { foldSources, type FoldedKey } from './fold-sources.js';
import type { SeedPage, TopicPages } from './ports.js';
import { readUntil } from './read-until.js';
import { seedRowDigest, toSeedRow } from './seed-row.js';
import type { SeedView } from './seed-shape.js';
import type {
  NotedTopic,
  SourceDifferences,
  SourcedRecord,
  SourceReader,
  SourceStage,
  SourceWord,
} from './source-ports.js';
import { foldMessages } from './take-page.js';

const FETCHED_AT_ONCE = 50;
const COMPARED_AT_ONCE = 1_000;
const NAMED_KEYS = 20;

/** What is compared. */
export interface ComparisonOptions {
  readonly entity: Entity;
  readonly policy: SurvivorshipPolicy;
  readonly view: SeedView;
  readonly reader: SourceReader;
  readonly stage: SourceStage;
  /** The golden topic itself. */
  readonly pages: TopicPages;
  /** The partition of a key that the topic does not have. */
  readonly partitionOf: (key: BusinessKey, partitions: number) => number;
}

/** Compares what the sources said with the topic before the noted offsets, and stages what differs. */
export class SourceComparison {
  constructor(
    private readonly options: ComparisonOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** Begins from the start of the topic. @throws HubError HUB_SCAN_INCOMPLETE when interrupted, what `judge` throws: then nothing has ended */
  async run(noted: NotedTopic, judge: (differences: SourceDifferences) => void): Promise<void> {
    const { stage, pages } = this.options;
    await stage.beginComparison();
    await readUntil(pages, noted.ranges, (page) => this.comparePage(page, noted), this.signal);
    for (let after = ''; ;) {
      assertGoing(this.signal);
      const keys = await stage.findUntold(after, COMPARED_AT_ONCE);
      if (keys.length === 0) break;
      const partitionOf = (key: BusinessKey): number => this.options.partitionOf(key, noted.ranges.size);
      const bases = keys.map((key) => ({ key, base: null, partition: partitionOf(key) }));
      await stage.saveCompared([], await this.differing(bases, noted));
      after = keys.at(-1) ?? '';
    }
    await stage.finish(NAMED_KEYS, judge);
  }

  /** An erased record stays erased, whatever a source still has of it. */
  private async comparePage({ partition, messages }: SeedPage, noted: NotedTopic): Promise<void> {
    const end = noted.ranges.get(partition)?.high ?? 0n;
    const { erased, rows } = foldMessages(messages.filter(({ offset }) => offset < end));
    const bases = rows.flatMap(({ key, event }) => (event ? [{ key, base: event, partition }] : []));
    const told = [
      ...erased.map((key) => ({ key, sequence: null })),
      ...bases.map(({ key, base }) => ({ key, sequence: base.sequence })),
    ];
    if (told.length > 0) await this.options.stage.saveCompared(told, await this.differing(bases, noted));
  }

  private async differing(bases: readonly Base[], { notedAt }: NotedTopic): Promise<SourcedRecord[]> {
    const { entity, policy, reader, stage } = this.options;
    const words = byKey(await stage.findWords(bases.map(({ key }) => key)));
    const known = bases.map((base) => ({ ...base, words: words.get(base.key) ?? [] }));
    const silent = await this.findSilent(known);
    const isSilent = (one: { readonly system: SystemId; readonly externalId: ExternalId }): boolean =>
      silent.has(nameOf(one));
    const rules = { entity, policy, systems: reader.systems, at: notedAt, isSilent };
    return known.flatMap((one) => {
      const event = foldSources(one, rules);
      const kind = event && this.kindOf(one.base, event);
      return event && kind ? [{ partition: one.partition, kind, event }] : [];
    });
  }

  /** Absence is learned only from a complete scan plus a direct read: what is found by it is as the topic has it. */
  private async findSilent(known: readonly FoldedKey[]): Promise<ReadonlySet<string>> {
    const { stage, reader } = this.options;
    const silent = new Set<string>();
    for (const system of reader.systems) {
      const unseen = known.flatMap(({ base, words }) => unseenOf(system, base, words));
      for (let start = 0; start < unseen.length; start += FETCHED_AT_ONCE) {
        const ids = unseen.slice(start, start + FETCHED_AT_ONCE);
        const kept = new Set(await stage.findSilent(system, ids));
        const absent = ids.filter((id) => !kept.has(id));
        const found = absent.length > 0 ? await reader.fetch(system, absent) : null;
        const there = [...kept, ...(found?.silent ?? []), ...(found?.words.map((word) => word.externalId) ?? [])];
        for (const externalId of there) silent.add(nameOf({ system, externalId }));
      }
    }
    return silent;
  }

  /** How the row of an event differs from the topic's; null where the target would not see it. */
  private kindOf(base: GoldenEvent | null, event: GoldenEvent): SourcedRecord['kind'] | null {
    const { entity, view } = this.options;
    const row = toSeedRow(event, view);
    const before = base && toSeedRow(base, view);
    if (before && seedRowDigest(entity, before) === seedRowDigest(entity, row)) return null;
    if (row.status === 'deleted') return before ? 'removed' : null;
    return before?.status === 'live' ? 'changed' : 'added';
  }
}

interface Base {
  readonly key: BusinessKey;
  readonly base: GoldenEvent | null;
  readonly partition: number;
}

function unseenOf(system: SystemId, base: GoldenEvent | null, words: FoldedKey['words']): ExternalId[] {
  const seen = new Set(words.filter((word) => word.system === system).map(({ externalId }) => externalId));
  const merged = base?.merged.filter((one) => one.system === system && !seen.has(one.externalId)) ?? [];
  return base?.status === 'live' ? merged.map(({ externalId }) => externalId) : [];
}

function byKey(words: readonly SourceWord[]): ReadonlyMap<BusinessKey, SourceWord[]> {
  const grouped = new Map<BusinessKey, SourceWord[]>();
  for (const word of words) {
    const list = grouped.get(word.key);
    if (list) list.push(word);
    else grouped.set(word.key, [word]);
  }
  return grouped;
}

function nameOf({ system, externalId }: { readonly system: SystemId; readonly externalId: ExternalId }): string {
  return `${system}\0${externalId}`;
}

/** @throws HubError HUB_SCAN_INCOMPLETE */
export function assertGoing(signal: AbortSignal): void {
  if (signal.aborted) throw new HubError('HUB_SCAN_INCOMPLETE', 'The sources were being read and were interrupted.');
}
