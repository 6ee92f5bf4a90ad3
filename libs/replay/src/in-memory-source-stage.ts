import type { BusinessKey, ExternalId, SystemId } from '#kernel';
import type {
  NotedTopic,
  SourceDifferences,
  SourcedRecord,
  SourceScan,
  SourceStage,
  SourceWord,
  SourceWords,
  StagedSources,
  ToldKey,
} from './source-ports.js';

interface Seen {
  readonly system: SystemId;
  readonly externalId: ExternalId;
  /** Null for a record that says nothing. */
  readonly word: SourceWord | null;
}

/** Fake of a stage for tests; passes the same contract suite as the real one. */
export class InMemorySourceStage implements SourceStage {
  private noted: NotedTopic | null = null;
  private differences: SourceDifferences | null = null;
  private readonly scans = new Map<SystemId, Omit<SourceScan, 'records' | 'silent'>>();
  private readonly seen = new Map<string, Seen>();
  private readonly told = new Map<BusinessKey, bigint>();
  private readonly records = new Map<BusinessKey, SourcedRecord>();

  async find(): Promise<StagedSources | null> {
    const { noted, differences } = this;
    if (!noted) return null;
    const count = (system: SystemId, isSilent: boolean): number =>
      [...this.seen.values()].filter((one) => one.system === system && (!isSilent || one.word === null)).length;
    const scans = [...this.scans.values()].map((scan) => ({
      ...{ ...scan, records: count(scan.system, false), silent: count(scan.system, true) },
    }));
    return { noted, differences, scans: scans.sort((left, right) => (left.system < right.system ? -1 : 1)) };
  }

  async begin(noted: NotedTopic): Promise<void> {
    for (const map of [this.scans, this.seen, this.told, this.records]) map.clear();
    this.noted = noted;
    this.differences = null;
  }

  async addPage(system: SystemId, after: string | null, { words, silent, next }: SourceWords): Promise<void> {
    const scan = this.scans.get(system) ?? { system, cursor: null, isEnded: false, pages: 0 };
    if (scan.isEnded || scan.cursor !== after) return;
    for (const word of words) this.seen.set(nameOf(word), { ...word, word });
    for (const externalId of silent) this.seen.set(nameOf({ system, externalId }), { system, externalId, word: null });
    this.scans.set(system, { system, cursor: next, isEnded: next === null, pages: scan.pages + 1 });
  }

  async restart(system: SystemId): Promise<void> {
    for (const [name, one] of this.seen) if (one.system === system) this.seen.delete(name);
    this.scans.delete(system);
  }

  async findWords(keys: readonly BusinessKey[]): Promise<readonly SourceWord[]> {
    return [...this.seen.values()].flatMap(({ word }) => (word && keys.includes(word.key) ? [word] : []));
  }

  async findSilent(system: SystemId, ids: readonly ExternalId[]): Promise<readonly ExternalId[]> {
    return ids.filter((externalId) => this.seen.get(nameOf({ system, externalId }))?.word === null);
  }

  async beginComparison(): Promise<void> {
    this.told.clear();
    this.records.clear();
  }

  async saveCompared(told: readonly ToldKey[], records: readonly SourcedRecord[]): Promise<void> {
    const older = new Set<BusinessKey>();
    for (const { key, sequence } of told) {
      if (sequence !== null && sequence < (this.told.get(key) ?? -1n)) older.add(key);
      else {
        this.told.set(key, sequence ?? -1n);
        this.records.delete(key);
      }
    }
    for (const record of records) if (!older.has(record.event.key)) this.records.set(record.event.key, record);
  }

  async findUntold(after: string, limit: number): Promise<readonly BusinessKey[]> {
    const keys = new Set([...this.seen.values()].flatMap(({ word }) => (word ? [word.key] : [])));
    return [...keys]
      .filter((key) => key > after && !this.told.has(key))
      .sort()
      .slice(0, limit);
  }

  async finish(sample: number, judge: (differences: SourceDifferences) => void): Promise<void> {
    const of = (kind: SourcedRecord['kind']): number =>
      [...this.records.values()].filter((record) => record.kind === kind).length;
    const keys = [...this.records.keys()].sort().slice(0, sample);
    const differences = { added: of('added'), changed: of('changed'), removed: of('removed'), keys };
    judge(differences);
    this.differences = differences;
  }

  async findRecords(partition: number, after: string, limit: number): Promise<readonly SourcedRecord[]> {
    return [...this.records.values()]
      .filter((record) => record.partition === partition && record.event.key > after)
      .sort((left, right) => (left.event.key < right.event.key ? -1 : 1))
      .slice(0, limit);
  }

  async findDiffering(keys: readonly BusinessKey[]): Promise<ReadonlySet<BusinessKey>> {
    return new Set(keys.filter((key) => this.records.has(key)));
  }
}

function nameOf({ system, externalId }: Pick<Seen, 'system' | 'externalId'>): string {
  return `${system}\0${externalId}`;
}
