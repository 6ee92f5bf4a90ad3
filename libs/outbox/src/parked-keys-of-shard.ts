import type { Clock, Logger } from '#kernel';
import type { OutboxStore, ShardLease } from './ports.js';

/** How soon a release that was asked for is seen. */
const RELEASE_EVERY_MS = 1_000;

/** The parked keys of a relay's shard, as far as its lease makes them its own to know: about 100 bytes a key. */
export class ParkedKeysOfShard {
  private known: { readonly epoch: bigint; readonly keys: Set<string> } | null = null;
  private lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly store: OutboxStore,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** As of the last {@link refresh}, and what was added since. */
  get keys(): Set<string> {
    return this.known?.keys ?? new Set();
  }

  /**
   * Reads them where they are not known, and releases those whose release was asked for; call it while no row is in
   * flight. @returns how many were released @throws HubError HUB_LEASE_LOST
   */
  async refresh(lease: ShardLease): Promise<number> {
    if (this.known?.epoch !== lease.epoch)
      this.known = { epoch: lease.epoch, keys: new Set(await this.store.findParkedKeys(lease)) };
    const { keys } = this.known;
    if (keys.size === 0 || this.clock.nowMs() - this.lookedAtMs < RELEASE_EVERY_MS) return 0;
    this.lookedAtMs = this.clock.nowMs();
    const released = await this.store.releaseParked(lease);
    for (const key of released) keys.delete(key);
    if (released.length > 0) this.logger.info({ shard: lease.shard, keys: released.length }, 'parked keys released');
    return released.length;
  }

  /** Says that they may have changed. */
  forget(): void {
    this.known = null;
  }
}
