import { HubError, type Clock } from '#kernel';
import { messageBytes, PAGE_BYTES } from './message-size.js';
import type {
  Backlog,
  OutboxAppender,
  OutboxMessage,
  OutboxRow,
  OutboxStore,
  ParkCause,
  ParkedKey,
  ParkedKeys,
  ParkedRow,
  ShardLease,
} from './ports.js';
import { shardOf } from './shard.js';

interface HeldShard {
  readonly owner: string;
  readonly epoch: bigint;
  readonly expiresAtMs: number;
}

interface StoredRow extends OutboxRow {
  readonly createdAtMs: number;
}

interface KeyInPark extends ParkCause {
  readonly parkedAt: Date;
  isReleased: boolean;
  readonly rows: StoredRow[];
}

/** Fake of the outbox for tests; passes the same contract suite as the real one. */
export class InMemoryOutboxStore implements OutboxStore, OutboxAppender, ParkedKeys {
  private rows: StoredRow[] = [];
  private lastSequence = 0n;
  private isFull = false;
  private readonly held = new Map<number, HeldShard>();
  private readonly inPark = new Map<string, KeyInPark>();

  constructor(
    private readonly clock: Clock,
    readonly shards = 1,
  ) {}

  async append(messages: readonly OutboxMessage[]): Promise<void> {
    if (this.isFull) throw new HubError('HUB_OUTBOX_FULL', 'Too many events wait for the broker.');
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
    let bytes = 0;
    return this.rows
      .filter((row) => shardOf(row.key, this.shards) === lease.shard && !known.has(row.sequence))
      .slice(0, limit)
      .filter((row, index) => (bytes += messageBytes(row)) <= PAGE_BYTES || index === 0)
      .map(({ createdAtMs, ...row }) => ({ ...row, appendedAtMs: createdAtMs }));
  }

  async markSent(lease: ShardLease, sequences: readonly bigint[], parked: readonly ParkedRow[] = []): Promise<void> {
    this.assertCurrent(lease);
    for (const row of parked) this.park(row);
    this.remove(sequences);
  }

  async findParkedKeys(lease: ShardLease): Promise<string[]> {
    return [...this.inPark.keys()].filter((key) => shardOf(key, this.shards) === lease.shard);
  }

  async releaseParked(lease: ShardLease): Promise<string[]> {
    this.assertCurrent(lease);
    const keys = await this.findParkedKeys(lease);
    const released = keys.filter((key) => this.inPark.get(key)?.isReleased);
    for (const key of released) {
      this.rows.push(...(this.inPark.get(key)?.rows ?? []));
      this.inPark.delete(key);
    }
    this.rows.sort((left, right) => (left.sequence < right.sequence ? -1 : 1));
    return released;
  }

  async findParked(limit: number): Promise<ParkedKey[]> {
    const found = [...this.inPark].slice(0, limit);
    return found.map(([key, { rows, ...parked }]) => ({ key, ...parked, rows: rows.length }));
  }

  async requestRelease(keys: readonly string[] | 'all'): Promise<number> {
    const asked = [...this.inPark].filter(([key]) => keys === 'all' || keys.includes(key));
    for (const [, parked] of asked) parked.isReleased = true;
    return asked.length;
  }

  async limitRows(maxRows: number): Promise<boolean> {
    const { rows, parkedRows } = await this.findBacklog();
    this.isFull = rows + parkedRows >= maxRows;
    return this.isFull;
  }

  async findBacklog(): Promise<Backlog> {
    const oldest = Math.min(...this.rows.map((row) => row.createdAtMs));
    return {
      rows: this.rows.length,
      oldestAgeMs: this.rows.length > 0 ? this.clock.nowMs() - oldest : 0,
      parkedKeys: this.inPark.size,
      parkedRows: [...this.inPark.values()].reduce((sum, { rows }) => sum + rows.length, 0),
    };
  }

  /** Removes rows whoever asks; only for tests that plant a missing lease check. */
  remove(sequences: readonly bigint[]): void {
    const gone = new Set(sequences);
    this.rows = this.rows.filter((row) => !gone.has(row.sequence));
  }

  private assertCurrent(lease: ShardLease): void {
    if (this.isCurrent(lease)) return;
    throw new HubError('HUB_LEASE_LOST', 'Another relay took the shard.', { shard: lease.shard });
  }

  private park({ sequence, key, cause }: ParkedRow): void {
    const row = this.rows.find((other) => other.sequence === sequence);
    if (!row) return;
    if (cause && !this.inPark.has(key))
      this.inPark.set(key, { ...cause, parkedAt: new Date(this.clock.nowMs()), isReleased: false, rows: [] });
    this.inPark.get(key)?.rows.push(row);
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

  get parkedSize(): number {
    return this.inPark.size;
  }
}
