import { HubError, toHubError, type Clock, type Logger } from '#kernel';
import type { OutboxStore, ShardLease } from './ports.js';

/** Which shard is leased, by whom, for how long. */
export interface LeaseTerms {
  readonly shard: number;
  readonly owner: string;
  readonly ttlMs: number;
}

/** How often a standby asks: each time locks the row that the leader's removals lock. */
const STANDBY_MS = 500;

/**
 * Keeps one shard's lease and knows, by its own clock, how long it surely holds: it counts from before the request, so
 * the end it believes in is never later than the store's.
 */
export class ShardLeaseKeeper {
  private lease: ShardLease | null = null;
  private validUntilMs = 0;
  /** When a shard that another owner had is asked for again. */
  private asksAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: OutboxStore,
    private readonly terms: LeaseTerms,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /**
   * The lease, renewed when less than half of it remains; null while another owner has the shard, as of half a second ago.
   * @throws HubError HUB_LEASE_LOST when the shard changed hands since the last call
   */
  async hold(): Promise<ShardLease | null> {
    if (this.lease && this.remainingMs() >= this.terms.ttlMs / 2) return this.lease;
    const held = this.lease;
    const askedAtMs = this.clock.nowMs();
    if (!held && askedAtMs < this.asksAtMs) return null;
    const lease = await this.store.acquire(this.terms.shard, this.terms.owner, this.terms.ttlMs);
    this.lease = lease;
    this.validUntilMs = askedAtMs + this.terms.ttlMs;
    if (!lease) this.asksAtMs = askedAtMs + STANDBY_MS;
    if (held && lease?.epoch !== held.epoch) {
      // Taken and perhaps given back in between: rows read under the old epoch must not be sent under the new one.
      this.forget();
      throw new HubError('HUB_LEASE_LOST', 'Another relay took the shard.', { shard: this.terms.shard });
    }
    return lease;
  }

  /** True while `lease` surely holds: checked before each produce, with no await in between. */
  holds(lease: ShardLease): boolean {
    return this.lease?.epoch === lease.epoch && this.remainingMs() > 0;
  }

  /** Renews while `work` runs, so that a long run does not cost the lease. A failed renewal shows at `holds` or `markSent`. */
  async keepDuring<T>(work: Promise<T>): Promise<T> {
    const finished = new AbortController();
    const renewing = this.renewUntil(finished.signal);
    try {
      return await work;
    } finally {
      finished.abort();
      await renewing;
    }
  }

  /** Forgets the lease after it was lost. */
  forget(): void {
    this.lease = null;
  }

  /** Gives the shard up; a failure only makes a standby wait for the end of the lease. */
  async release(): Promise<void> {
    const lease = this.lease;
    this.forget();
    if (!lease) return;
    try {
      await this.store.release(lease);
    } catch (error) {
      this.logger.warn({ code: toHubError(error).code, shard: lease.shard }, 'outbox lease not released');
    }
  }

  private remainingMs(): number {
    return this.validUntilMs - this.clock.nowMs();
  }

  private async renewUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.clock.sleep(this.terms.ttlMs / 3, signal);
      if (signal.aborted) return;
      try {
        await this.hold();
      } catch (error) {
        const { code } = toHubError(error);
        this.logger.warn({ code, shard: this.terms.shard }, 'outbox lease not renewed');
        if (code === 'HUB_LEASE_LOST') return;
      }
    }
  }
}
