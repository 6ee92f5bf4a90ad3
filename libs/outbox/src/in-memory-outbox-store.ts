import { HubError, type Clock } from '#kernel';
import type { Backlog, OutboxAppender, OutboxMessage, OutboxRow, OutboxStore, ShardLease } from './ports.js';
import { shardOf } from './shard.js';

interface HeldShard {
  readonly owner: string;
  readonly epoch: bigint;
  readonly expiresAtMs: number;
}

interface StoredRow extends OutboxRow {
  readonly createdAtMs: number;
}

/** Fake of the outbox for tests; passes the same contract suite as the real one. */
export class InMemoryOutboxStore implements OutboxStore, OutboxAppender {
  private rows: StoredRow[] = [];
  private lastSequence = 0n;
  private readonly held = new Map<number, HeldShard>();

  constructor(
    private readonly clock: Clock,
    readonly shards = 1,
  ) {}

  async append(messages: readonly OutboxMessage[]): Promise<void> {
    for (const message of messages) this.commit({ ...message, sequence: this.drawSequence() });
  }

  /** The next number of the outbox; drawn inside a transaction, before its commit. */
  drawSequence(): bigint {
    this.lastSequence += 1n;
    return this.lastSequence;
  }

  /** Makes a row visible, as the commit of its transaction does: possibly after rows with higher numbers. */
  commit(row: OutboxRow): void {
    this.rows.push({ ...row, createdAtMs: this.clock.nowMs() });
    this.rows.sort((left, right) => (left.sequence < right.sequence ? -1 : 1));
  }

  async acquire(shard: number, owner: string, ttlMs: number): Promise<ShardLease | null> {
    const current = this.held.get(shard);
    const isFree = !current || current.owner === owner || current.expiresAtMs <= this.clock.nowMs();
    if (!isFree) return null;
    const epoch = current?.owner === owner ? current.epoch : (current?.epoch ?? 0n) + 1n;
    this.held.set(shard, { owner, epoch, expiresAtMs: this.clock.nowMs() + ttlMs });
    return { shard, owner, epoch };
  }

  async release(lease: ShardLease): Promise<void> {
    if (!this.isCurrent(lease)) return;
    this.held.set(lease.shard, { owner: '', epoch: lease.epoch, expiresAtMs: Number.NEGATIVE_INFINITY });
  }

  async findPending(lease: ShardLease, limit: number, except: readonly bigint[]): Promise<OutboxRow[]> {
    const known = new Set(except);
    return this.rows
      .filter((row) => shardOf(row.key, this.shards) === lease.shard && !known.has(row.sequence))
      .slice(0, limit)
      .map(({ sequence, topics, key, value, headers }) => ({ sequence, topics, key, value, headers }));
  }

  async markSent(lease: ShardLease, sequences: readonly bigint[]): Promise<void> {
    if (!this.isCurrent(lease))
      throw new HubError('HUB_LEASE_LOST', 'Another relay took the shard.', { shard: lease.shard });
    this.remove(sequences);
  }

  async findBacklog(): Promise<Backlog> {
    const oldest = Math.min(...this.rows.map((row) => row.createdAtMs));
    return { rows: this.rows.length, oldestAgeMs: this.rows.length > 0 ? this.clock.nowMs() - oldest : 0 };
  }

  /** Removes rows whoever asks; only for tests that plant a missing lease check. */
  remove(sequences: readonly bigint[]): void {
    const gone = new Set(sequences);
    this.rows = this.rows.filter((row) => !gone.has(row.sequence));
  }

  /** True while nobody took the shard after this lease. */
  isCurrent(lease: ShardLease): boolean {
    const current = this.held.get(lease.shard);
    return current?.owner === lease.owner && current.epoch === lease.epoch;
  }

  /** True while `owner` has the shard and its time has not run out. */
  isHeldBy(shard: number, owner: string): boolean {
    const current = this.held.get(shard);
    return current?.owner === owner && current.expiresAtMs > this.clock.nowMs();
  }

  get size(): number {
    return this.rows.length;
  }
}
