import { combineDigests } from '#canonical';
import type { Entity } from '#contracts';
import type { BusinessKey } from '#kernel';
import type { CheckSession, PartitionSides, SeedComparison, SeedDifference, SeedSide, SourceRecord } from './ports.js';
import { seedRowDigest, type SeedRow } from './seed-row.js';

/** What a target holds of one key. */
export type TargetRecord = Omit<SourceRecord, 'partition'>;

/** One key of both sides; a side that has nothing of it is undefined. */
interface Pair {
  readonly key: BusinessKey;
  readonly source: SourceRecord | undefined;
  readonly target: TargetRecord | undefined;
}

/** Compares in memory, for targets that can't compute: some 300 bytes a key. */
export class MemoryCheckSession implements CheckSession {
  private readonly source = new Map<BusinessKey, SourceRecord>();
  private readonly moved = new Set<BusinessKey>();

  constructor(
    readonly positions: ReadonlyMap<number, bigint>,
    private readonly target: ReadonlyMap<BusinessKey, TargetRecord>,
  ) {}

  async addSource(erased: readonly BusinessKey[], records: readonly SourceRecord[]): Promise<void> {
    for (const key of erased) this.source.delete(key);
    for (const record of records)
      if (record.sequence > (this.source.get(record.key)?.sequence ?? -1n)) this.source.set(record.key, record);
  }

  async addMoved(keys: readonly BusinessKey[]): Promise<void> {
    for (const key of keys) this.moved.add(key);
  }

  async compare(limit: number): Promise<SeedComparison> {
    const keys = [...new Set([...this.source.keys(), ...this.target.keys()])].sort();
    const pairs = keys.map((key): Pair => ({ key, source: this.source.get(key), target: this.target.get(key) }));
    const isUndecided = (pair: Pair): boolean => findDifference(pair) !== null && this.moved.has(pair.key);
    const decided = pairs.filter((pair) => !isUndecided(pair));
    const differing = decided.flatMap((pair) => {
      const difference = findDifference(pair);
      return difference ? [{ key: pair.key, difference }] : [];
    });
    const count = (kind: SeedDifference): number => differing.filter(({ difference }) => difference === kind).length;
    return {
      ...toSides(decided),
      partitions: toPartitions(decided),
      counts: { missing: count('missing'), extra: count('extra'), different: count('different') },
      keys: differing.slice(0, limit),
      undecided: pairs.length - decided.length,
    };
  }
}

/** A row as a comparison takes it. */
export function toTargetRecord(entity: Entity, row: SeedRow): TargetRecord {
  const { key, sequence, status } = row;
  return { key, sequence, isLive: status === 'live', digest: seedRowDigest(entity, row) };
}

function findDifference({ source, target }: Pair): SeedDifference | null {
  if (!source) return 'extra';
  if (!target) return 'missing';
  return source.digest === target.digest ? null : 'different';
}

function toPartitions(pairs: readonly Pair[]): PartitionSides[] {
  const parts = new Map<number, Pair[]>();
  for (const pair of pairs) {
    if (!pair.source) continue;
    const part = parts.get(pair.source.partition) ?? [];
    parts.set(pair.source.partition, part);
    part.push(pair);
  }
  return [...parts]
    .sort(([left], [right]) => left - right)
    .map(([partition, part]) => ({ partition, ...toSides(part) }));
}

function toSides(pairs: readonly Pair[]): { readonly source: SeedSide; readonly target: SeedSide } {
  return {
    source: toSide(pairs.flatMap(({ source }) => (source ? [source] : []))),
    target: toSide(pairs.flatMap(({ target }) => (target ? [target] : []))),
  };
}

function toSide(records: readonly TargetRecord[]): SeedSide {
  const { count, xor, sum } = combineDigests(records.map(({ digest }) => digest));
  return { records: count, live: records.filter(({ isLive }) => isLive).length, digest: xor + sum };
}
