import { backoffMs, HubError, toHubError, type Clock, type Logger, type Metrics } from '#kernel';
import type { EventPublisher, OutboxRow, OutboxStore, ShardLease } from './ports.js';
import { ShardLeaseKeeper } from './shard-lease-keeper.js';

/** What a relay needs; times in milliseconds. */
export interface OutboxRelayOptions {
  readonly store: OutboxStore;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Unique per process and start, for example a random UUID. */
  readonly owner: string;
  /** Called once when the relay stopped by an error that no retry mends; the process should exit non-zero. */
  readonly onFatal: (error: HubError) => void;
  readonly shard?: number;
  readonly batchSize?: number;
  readonly leaseTtlMs?: number;
  /** Bounds of the adaptive poll; {@link OutboxRelay.wake} makes it needless for the process that commits. */
  readonly minPollMs?: number;
  readonly maxPollMs?: number;
  readonly metricsEveryMs?: number;
  /** Source of jitter in [0, 1). */
  readonly random?: () => number;
}

/** `leading` publishes, `standby` waits for another owner's lease to end. */
export type RelayState = 'stopped' | 'standby' | 'leading' | 'failed';

const DEFAULTS = {
  shard: 0,
  batchSize: 1000,
  leaseTtlMs: 5_000,
  minPollMs: 20,
  maxPollMs: 500,
  metricsEveryMs: 5_000,
  random: Math.random,
};

/**
 * Publishes the pending rows of one shard in their order, then removes them: at least once, never skipping a row. Order
 * per key is commit order, since rows still pending are read by sequence and writers lock the key before they draw it.
 */
export class OutboxRelay {
  private readonly options: Required<OutboxRelayOptions>;
  private readonly lease: ShardLeaseKeeper;
  private running: Promise<void> | null = null;
  private isWoken = false;
  private idle = new AbortController();
  private readonly stopping = new AbortController();
  private measuredAtMs = Number.NEGATIVE_INFINITY;
  private currentState: RelayState = 'stopped';

  constructor(options: OutboxRelayOptions) {
    this.options = { ...DEFAULTS, ...options };
    const { store, shard, owner, leaseTtlMs, clock, logger } = this.options;
    this.lease = new ShardLeaseKeeper(store, { shard, owner, ttlMs: leaseTtlMs }, clock, logger);
  }

  get state(): RelayState {
    return this.currentState;
  }

  /** Begins to relay; a second call changes nothing. */
  start(): void {
    this.running ??= this.run();
  }

  /** Says that rows were committed, so that the relay looks at once. */
  wake(): void {
    this.isWoken = true;
    this.idle.abort();
  }

  /** Ends after the batch in flight, whose rows are removed, and releases the shard. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.idle.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let failures = 0;
    let idleMs = this.options.minPollMs;
    while (!this.stopping.signal.aborted) {
      try {
        const published = await this.relayOnce();
        failures = 0;
        idleMs = published > 0 ? this.options.minPollMs : Math.min(idleMs * 2, this.options.maxPollMs);
        if (published === 0) await this.pause(idleMs);
      } catch (error) {
        failures += 1;
        if (!(await this.recover(toHubError(error), failures))) return;
      }
    }
    await this.lease.release();
    this.currentState = 'stopped';
  }

  /** Publishes one batch; the number of rows published, 0 for none pending or no lease. */
  private async relayOnce(): Promise<number> {
    this.isWoken = false;
    const lease = await this.lease.hold();
    this.currentState = lease ? 'leading' : 'standby';
    if (!lease) return 0;
    await this.measure();
    const rows = await this.options.store.findPending(lease, this.options.batchSize);
    if (rows.length === 0) return 0;
    await this.publish(lease, rows);
    return rows.length;
  }

  private async publish(lease: ShardLease, rows: readonly OutboxRow[]): Promise<void> {
    const { store, publisher, metrics, shard } = this.options;
    if (!this.lease.holds(lease))
      throw new HubError('HUB_LEASE_LOST', 'The lease ended before the rows were sent.', { shard });
    await this.lease.keepDuring(publisher.publish(rows));
    await store.markSent(
      lease,
      rows.map((row) => row.sequence),
    );
    metrics.count('plumbline_outbox_published_total', rows.length, { shard: String(shard) });
  }

  /** Decides what an error means; false when the relay is over. */
  private async recover(error: HubError, failures: number): Promise<boolean> {
    const { logger, shard, random, onFatal } = this.options;
    logger.warn({ code: error.code, shard, failures, reason: error.message }, 'outbox relay interrupted');
    if (error.code === 'HUB_LEASE_LOST') {
      this.lease.forget();
      return true;
    }
    if (error.disposition === 'retry' || error.disposition === 'reload') {
      // Waking must not shorten this: commits go on while the broker is down.
      await this.options.clock.sleep(backoffMs(failures, random), this.stopping.signal);
      return true;
    }
    await this.lease.release();
    this.currentState = 'failed';
    onFatal(error);
    return false;
  }

  private async pause(ms: number): Promise<void> {
    this.idle = new AbortController();
    if (this.isWoken || this.stopping.signal.aborted) return;
    await this.options.clock.sleep(ms, this.idle.signal);
  }

  private async measure(): Promise<void> {
    const { clock, metricsEveryMs, metrics, store } = this.options;
    if (clock.nowMs() - this.measuredAtMs < metricsEveryMs) return;
    this.measuredAtMs = clock.nowMs();
    const backlog = await store.findBacklog();
    metrics.gauge('plumbline_outbox_pending_rows', backlog.rows);
    metrics.gauge('plumbline_outbox_oldest_age_seconds', backlog.oldestAgeMs / 1000);
  }
}
