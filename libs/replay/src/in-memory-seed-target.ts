import type { Entity } from '#contracts';
import { HubError, type BusinessKey } from '#kernel';
import type {
  CheckableTarget,
  CheckSession,
  PageOutcome,
  SeedPage,
  SeedPosition,
  SeedTarget,
  TargetState,
} from './ports.js';
import { MemoryCheckSession, toTargetRecord } from './memory-check-session.js';
import type { SeedRow } from './seed-row.js';
import { shapeText, WHOLE } from './seed-shape.js';
import { takePage } from './take-page.js';

/** Fake of a seed target for tests; passes the same contract suite as the real one. */
export class InMemorySeedTarget implements SeedTarget, CheckableTarget {
  readonly rows = new Map<BusinessKey, SeedRow>();
  readonly positions = new Map<number, SeedPosition>();
  topic: string | null = null;

  constructor(
    private readonly entity: Entity,
    private readonly shape = WHOLE,
  ) {}

  async find(): Promise<TargetState> {
    if (this.topic === null) return { kind: 'absent' };
    const liveRows = [...this.rows.values()].filter(({ status }) => status === 'live').length;
    return {
      kind: 'seed',
      topic: this.topic,
      shape: shapeText(this.shape),
      positions: new Map(this.positions),
      liveRows,
    };
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
    const target = new Map([...this.rows].map(([key, row]) => [key, toTargetRecord(this.entity, row)]));
    const positions = new Map([...this.positions].map(([partition, { nextOffset }]) => [partition, nextOffset]));
    return work(new MemoryCheckSession(positions, target));
  }
}
