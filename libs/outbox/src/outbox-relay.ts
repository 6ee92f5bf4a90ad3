import { HubError, StepLoop, type Clock, type Logger, type Metrics } from '#kernel';
import { publishPages } from './page-pipeline.js';
import { PageSender } from './page-sender.js';
import { ParkedKeysOfShard } from './parked-keys-of-shard.js';
import { RelayMetrics } from './relay-metrics.js';
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
  /**
   * Bounds of the adaptive poll. An event that is committed after a quiet second waits for the longer one, unless
   * {@link OutboxRelay.wake} is called: 50 ms cost an idle relay 2 % of a core (measured 2026-11-26).
   */
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
  minPollMs: 5,
  maxPollMs: 50,
  metricsEveryMs: 5_000,
  random: Math.random,
};

/**
 * Publishes the pending rows of one shard in their order, then removes them: at least once, never skipping a row. Order
 * per key is commit order, since rows still pending are read by sequence and writers lock the key before they draw it.
 * A row that no broker takes is parked, with what follows of its key, until its release is asked for; all others flow.
 */
export class OutboxRelay {
  private readonly options: Required<OutboxRelayOptions>;
  private readonly lease: ShardLeaseKeeper;
  private readonly loop: StepLoop;
  private readonly sender: PageSender;
  private readonly parked: ParkedKeysOfShard;
  private readonly figures: RelayMetrics;
  private currentState: RelayState = 'stopped';
  private isEnding = false;

  constructor(options: OutboxRelayOptions) {
    this.options = { ...DEFAULTS, ...options };
    const { store, shard, owner, leaseTtlMs, clock, logger, random, minPollMs, maxPollMs } = this.options;
    this.lease = new ShardLeaseKeeper(store, { shard, owner, ttlMs: leaseTtlMs }, clock, logger);
    this.sender = new PageSender(this.options.publisher, clock);
    this.parked = new ParkedKeysOfShard(store, clock, logger);
    this.figures = new RelayMetrics(this.options);
    this.loop = new StepLoop({
      ...{ name: 'outbox relay', idleMs: minPollMs, maxIdleMs: maxPollMs, clock, logger, random },
      step: () => this.relayOnce(),
      endsOn: ['park', 'stop', 'crash'],
      // Waking must not shorten a back-off: commits go on while the broker is down.
      wakesFromErrors: false,
      onFatal: (error) => this.fail(error),
    });
  }

  get state(): RelayState {
    return this.currentState;
  }

  /** Begins to relay; a second call changes nothing. */
  start(): void {
    this.loop.start();
  }

  /** Says that rows were committed, so that the relay looks at once. */
  wake(): void {
    this.loop.wake();
  }

  /** Ends after the batch that is being published, whose rows are removed, and releases the shard. */
  async stop(): Promise<void> {
    this.isEnding = true;
    await this.loop.stop();
    await this.figures.rest();
    await this.lease.release();
    if (this.currentState !== 'failed') this.currentState = 'stopped';
  }

  /** A lost lease is no failure: the next step asks for it again, or waits while another owner has it. */
  private async relayOnce(): Promise<boolean> {
    try {
      return (await this.publishPending()) > 0;
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'HUB_LEASE_LOST') throw error;
      this.options.logger.warn({ code: error.code, shard: this.options.shard, reason: error.message }, 'lease lost');
      this.lease.forget();
      return true;
    }
  }

  /** Publishes all that is pending; the number of rows published, 0 for none pending or no lease. */
  private async publishPending(): Promise<number> {
    const lease = await this.lease.hold();
    this.currentState = lease ? 'leading' : 'standby';
    if (!lease) return 0;
    try {
      if ((await this.parked.refresh(lease)) > 0) this.sender.forget();
      return await this.lease.keepDuring(this.publishPages(lease));
    } catch (error) {
      this.parked.forget(); // nobody knows which of the rows to be parked or released are
      throw error;
    }
  }

  private publishPages(lease: ShardLease): Promise<number> {
    const { batchSize } = this.options;
    return publishPages({
      find: (except) => this.find(lease, except),
      publish: (rows) => this.sender.send(rows, this.parked.keys, () => this.assertHeld(lease)),
      remove: async (page, parked) => {
        const sequences = page.map((row) => row.sequence);
        await this.options.store.markSent(lease, sequences, parked);
        this.figures.removed(page, parked);
      },
      pageSize: batchSize,
      isEnding: () => this.isEnding,
    });
  }

  private find(lease: ShardLease, except: readonly bigint[]): Promise<OutboxRow[]> {
    const { store, batchSize } = this.options;
    this.figures.measure();
    return store.findPending(lease, batchSize, except);
  }

  private assertHeld(lease: ShardLease): void {
    if (this.lease.holds(lease)) return;
    const { shard } = this.options;
    throw new HubError('HUB_LEASE_LOST', 'The lease ended before the rows were sent.', { shard });
  }

  private async fail(error: HubError): Promise<void> {
    await this.lease.release();
    this.currentState = 'failed';
    this.options.onFatal(error);
  }
}
