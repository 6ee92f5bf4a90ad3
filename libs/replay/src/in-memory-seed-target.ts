import { combineDigests } from '#canonical';
import type { Entity } from '#contracts';
import { HubError, type BusinessKey } from '#kernel';
import type {
  CheckableTarget,
  CheckSession,
  PageOutcome,
  SeedComparison,
  SeedDifference,
  SeedPage,
  SeedPosition,
  SeedSide,
  SeedTarget,
  SourceRecord,
  TargetState,
} from './ports.js';
import { seedRowDigest, type SeedRow } from './seed-row.js';
import { takePage } from './take-page.js';

/** Fake of a seed target for tests; passes the same contract suite as the real one. */
export class InMemorySeedTarget implements SeedTarget, CheckableTarget {
  readonly rows = new Map<BusinessKey, SeedRow>();
  readonly positions = new Map<number, SeedPosition>();
  topic: string | null = null;

  constructor(private readonly entity: Entity) {}

  async find(): Promise<TargetState> {
    if (this.topic === null) return { kind: 'absent' };
    const liveRows = [...this.rows.values()].filter(({ status }) => status === 'live').length;
    return { kind: 'seed', topic: this.topic, positions: new Map(this.positions), liveRows };
  }

  async prepare(topic: string, from: ReadonlyMap<number, bigint>): Promise<void> {
    this.topic ??= topic;
    for (const [partition, nextOffset] of from)
      if (!this.positions.has(partition)) this.positions.set(partition, { nextOffset, state: 'seeding' });
  }

  async apply(page: SeedPage, end: bigint): Promise<PageOutcome> {
    const { erased, rows, position } = takePage(page, this.positionOf(page.partition), end);
    for (const key of erased) this.rows.delete(key);
    const written = rows.filter((row) => this.writeNewer(row)).length;
    this.positions.set(page.partition, position);
    return { rows: written, position };
  }

  /** The position as a transaction sees it. @throws HubError HUB_SEED_TARGET_INVALID where there is none */
  positionOf(partition: number): SeedPosition {
    const position = this.positions.get(partition);
    if (!position) throw new HubError('HUB_SEED_TARGET_INVALID', 'The target has no position.', { partition });
    return position;
  }

  /** Writes a row unless the target has one as new. */
  writeNewer(row: SeedRow): boolean {
    if ((this.rows.get(row.key)?.sequence ?? -1n) >= row.sequence) return false;
    this.rows.set(row.key, row);
    return true;
  }

  async withSnapshot<T>(work: (session: CheckSession) => Promise<T>): Promise<T> {
    const target = new Map([...this.rows].map(([key, row]) => [key, toRecord(this.entity, row)]));
    const positions = new Map([...this.positions].map(([partition, { nextOffset }]) => [partition, nextOffset]));
    return work(new InMemoryCheckSession(positions, target));
  }
}

class InMemoryCheckSession implements CheckSession {
  private readonly source = new Map<BusinessKey, SourceRecord>();
  private readonly moved = new Set<BusinessKey>();

  constructor(
    readonly positions: ReadonlyMap<number, bigint>,
    private readonly target: ReadonlyMap<BusinessKey, SourceRecord>,
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
    const differing = keys.flatMap((key) => {
      const difference = findDifference(this.source.get(key), this.target.get(key));
      return difference ? [{ key, difference }] : [];
    });
    const undecided = new Set(differing.map(({ key }) => key).filter((key) => this.moved.has(key)));
    const decided = differing.filter(({ key }) => !undecided.has(key));
    const count = (kind: SeedDifference): number => decided.filter(({ difference }) => difference === kind).length;
    return {
      source: toSide([...this.source.values()].filter(({ key }) => !undecided.has(key))),
      target: toSide([...this.target.values()].filter(({ key }) => !undecided.has(key))),
      counts: { missing: count('missing'), extra: count('extra'), different: count('different') },
      keys: decided.slice(0, limit),
      undecided: undecided.size,
    };
  }
}

function toRecord(entity: Entity, row: SeedRow): SourceRecord {
  return {
    key: row.key,
    sequence: row.sequence,
    isLive: row.status === 'live',
    digest: seedRowDigest(entity, row),
  };
}

function findDifference(source: SourceRecord | undefined, target: SourceRecord | undefined): SeedDifference | null {
  if (!source) return 'extra';
  if (!target) return 'missing';
  return source.digest === target.digest ? null : 'different';
}

function toSide(records: readonly SourceRecord[]): SeedSide {
  const { count, xor, sum } = combineDigests(records.map(({ digest }) => digest));
  return { records: count, live: records.filter(({ isLive }) => isLive).length, digest: xor + sum };
}
