import { HubError, noMetrics, silentLogger, type Clock } from '#kernel';
import { InMemoryOutboxStore } from './in-memory-outbox-store.js';
import { ManualClock } from './manual-clock.js';
import { encodeHeaders } from './message-headers.js';
import { OutboxRelay } from './outbox-relay.js';
import { invertedKeys, lostRows, repeatedRows, staleKeys, stoppedKeys } from './relay-promises.js';
import type { EventPublisher, OutboxRow, OutboxStore, ShardLease } from './ports.js';

const NO_HEADERS = encodeHeaders({});

/** What happens at one call of a port: it may take long, fail before or after (or midway through) its effect, or be the last. */
export interface Fault {
  readonly kind: 'none' | 'fail-before' | 'fail-midway' | 'fail-after' | 'crash-before' | 'crash-after';
  readonly delayMs: number;
}

/** A transaction of one row: it becomes visible `commitMs` after it drew its number; the next draws `gapMs` after it. */
export interface Commit {
  readonly key: string;
  readonly commitMs: number;
  readonly gapMs: number;
  /** No broker takes the row until it is mended, when all parked keys are released. */
  readonly isRefused?: boolean;
}

/** One history to play: transactions in the order in which they draw their numbers, and the faults of the port calls in turn. */
export interface Scenario {
  readonly commits: readonly Commit[];
  readonly faults: readonly Fault[];
}

/** Seams at which a test plants a mutant: each wraps or replaces what one relay sees. */
export interface Planted {
  readonly store?: (store: InMemoryOutboxStore) => OutboxStore;
  /** The store as the relay sees it, faults included. */
  readonly seenStore?: (store: OutboxStore) => OutboxStore;
  readonly publisher?: (publisher: EventPublisher) => EventPublisher;
  readonly clock?: (clock: Clock) => Clock;
}

const LEASE_TTL_MS = 5_000;
const END_MS = 300_000;
/** When an operator mends what made rows refused. */
const MENDED_MS = 100_000;
const HEALTHY: Fault = { kind: 'none', delayMs: 0 };

/**
 * Plays a scenario with two relays (crashed ones are replaced) and returns every broken promise. While no call takes so
 * long that a lease could end, a key must end with its newest row, and what does not come after a refused row of its key
 * must flow; and where nothing fails, nothing is published twice.
 */
export async function playRelays(scenario: Scenario, planted: Planted = {}): Promise<string[]> {
  return new RelayWorld(scenario, planted).play();
}

class RelayWorld {
  private readonly clock = new ManualClock(0);
  private readonly store = new InMemoryOutboxStore(this.clock);
  private readonly faults: Fault[];
  private readonly crashed = new Set<string>();
  private readonly broken: string[] = [];
  private readonly log: OutboxRow[] = [];
  private readonly committed: OutboxRow[] = [];
  private readonly refused = new Set<bigint>();
  private relays: OutboxRelay[] = [];

  constructor(
    private readonly scenario: Scenario,
    private readonly planted: Planted,
  ) {
    this.faults = [...scenario.faults];
  }

  async play(): Promise<string[]> {
    const writing = this.write();
    this.startRelay('relay-1');
    this.startRelay('relay-2');
    while (this.clock.nowMs() < MENDED_MS && !this.isDrained()) await this.clock.step();
    const stopped = stoppedKeys(this.committed, this.log, this.refused);
    this.refused.clear();
    for (; this.clock.nowMs() < END_MS && !this.isDrained(); await this.clock.step())
      await this.store.requestRelease('all');
    await Promise.race([writing, this.clock.advance(0)]);
    for (const relay of this.relays) void relay.stop();
    const { committed, log, broken } = this;
    const isTimely = this.scenario.faults.every(({ delayMs }) => delayMs <= LEASE_TTL_MS / 10);
    const isHealthy =
      isTimely &&
      !this.scenario.commits.some(({ isRefused }) => isRefused) &&
      this.scenario.faults.every(({ kind }) => kind === 'none');
    return [
      ...[...broken, ...lostRows(committed, log), ...invertedKeys(log)],
      ...(isTimely ? [...stopped, ...staleKeys(committed, log)] : []),
      ...(isHealthy ? repeatedRows(log) : []),
    ];
  }

  private isDrained(): boolean {
    return (
      this.committed.length === this.scenario.commits.length && this.store.size === 0 && this.store.parkedSize === 0
    );
  }

  /** Numbers are drawn in turn; a key's next transaction waits for the one before, as its lock makes it. */
  private async write(): Promise<void> {
    const lastOfKey = new Map<string, Promise<void>>();
    for (const { key, commitMs, gapMs, isRefused } of this.scenario.commits) {
      await lastOfKey.get(key);
      const row = {
        sequence: this.store.drawSequence(),
        topics: ['t'],
        key,
        value: Buffer.alloc(0),
        headers: NO_HEADERS,
      };
      if (isRefused) this.refused.add(row.sequence);
      const commit = this.clock.sleep(commitMs).then(() => {
        this.store.commit(row);
        this.committed.push(row);
      });
      lastOfKey.set(key, commit);
      if (gapMs > 0) await this.clock.sleep(gapMs);
    }
  }

  private startRelay(owner: string): void {
    const store = this.faulty(owner, this.planted.store?.(this.store) ?? this.store);
    const publisher = { publish: (rows: readonly OutboxRow[]) => this.publish(owner, rows) };
    const relay = new OutboxRelay({
      store: this.planted.seenStore?.(store) ?? store,
      publisher: this.planted.publisher?.(publisher) ?? publisher,
      clock: this.planted.clock?.(this.clock) ?? this.clock,
      logger: silentLogger,
      metrics: noMetrics,
      owner,
      batchSize: 3,
      leaseTtlMs: LEASE_TTL_MS,
      random: () => 0.5,
      metricsEveryMs: Number.POSITIVE_INFINITY,
      onFatal: (error) => this.broken.push(`fatal: ${error.message}`),
    });
    this.relays.push(relay);
    relay.start();
  }

  private faulty(owner: string, store: OutboxStore): OutboxStore {
    return {
      shards: 1,
      acquire: (shard, name, ttlMs) => this.call(owner, () => store.acquire(shard, name, ttlMs)),
      release: (lease) => this.call(owner, () => store.release(lease)),
      findPending: (lease, limit, except) => this.call(owner, () => store.findPending(lease, limit, except)),
      markSent: (lease, sequences, parked) =>
        this.call(owner, () => this.checkedRemoval(lease, () => store.markSent(lease, sequences, parked))),
      findParkedKeys: (lease) => this.call(owner, () => store.findParkedKeys(lease)),
      releaseParked: (lease) => this.call(owner, () => store.releaseParked(lease)),
      limitRows: (maxRows) => store.limitRows(maxRows),
      findBacklog: () => store.findBacklog(),
    };
  }

  /** Only the relay whose lease is current may remove rows. */
  private async checkedRemoval(lease: ShardLease, remove: () => Promise<void>): Promise<void> {
    const isCurrent = this.store.isCurrent(lease);
    const before = this.store.size;
    await remove();
    if (!isCurrent && this.store.size < before)
      this.broken.push(`${lease.owner} removed rows after its lease was taken`);
  }

  private publish(owner: string, rows: readonly OutboxRow[]): Promise<void> {
    const isAlive = !this.crashed.has(owner);
    if (isAlive && !this.store.isHeldBy(0, owner)) this.broken.push(`${owner} published without a lease`);
    return this.call(
      owner,
      async () => this.take(rows),
      () => this.take(rows.slice(0, Math.ceil(rows.length / 2))),
    );
  }

  /** A broker refuses a partition's batch as a whole, and writes the others'. */
  private take(rows: readonly OutboxRow[]): void {
    const keys = new Set(rows.filter(({ sequence }) => this.refused.has(sequence)).map(({ key }) => key));
    this.log.push(...rows.filter(({ key }) => !keys.has(key)));
    if (keys.size > 0) throw new HubError('HUB_PAYLOAD_TOO_LARGE', 'planted', {}, { disposition: 'stop' });
  }

  /** One call of a port under the next fault of the scenario. A crashed process never sees an answer. */
  private async call<T>(owner: string, effect: () => Promise<T>, half?: () => void): Promise<T> {
    const { kind, delayMs } = this.faults.shift() ?? HEALTHY;
    await this.pass(owner, delayMs, kind === 'crash-before');
    if (kind === 'fail-before') throw outage();
    if (kind === 'fail-midway' && half) {
      half();
      throw outage();
    }
    const result = await effect();
    await this.pass(owner, delayMs, kind === 'crash-after');
    if (kind === 'fail-after') throw outage();
    return result;
  }

  private async pass(owner: string, delayMs: number, isLast: boolean): Promise<void> {
    if (delayMs > 0) await this.clock.sleep(delayMs);
    if (isLast) this.crash(owner);
    if (this.crashed.has(owner)) await new Promise(() => undefined);
  }

  private crash(owner: string): void {
    if (this.crashed.has(owner)) return;
    this.crashed.add(owner);
    this.startRelay(`${owner}'`);
  }
}

function outage(): HubError {
  return new HubError('HUB_BROKER_UNREACHABLE', 'planted');
}
