import { randomUUID } from 'node:crypto';
import { noMetrics, silentLogger, systemClock } from '#kernel';
import { OutboxRelay, type OutboxRow, type OutboxStore, type ShardLease } from '#outbox';
import { ManualClock } from '#outbox/testing';
import type { Database } from '#store-postgres';
import type { Play, SteppedRelay } from './outbox-interleavings.js';

/** A process that relays: what dies with it. */
interface Process {
  readonly owner: string;
  readonly store: OutboxStore;
  readonly relay: OutboxRelay;
  readonly clock: ManualClock;
  lease: ShardLease | null;
  isKilled: boolean;
  /** Calls of the store or the publisher that wait for their turn. */
  waiting: (() => void)[];
}

/** The real relay over a real store: each call of the store or the publisher is a step. A killed one is replaced. */
export class GatedRelay implements SteppedRelay {
  private now: Process;
  private ending: Promise<unknown> = Promise.resolve();
  private isIdle = false;

  /** @param play the publisher of the moment */
  constructor(
    private readonly database: Database,
    private readonly makeStore: (onRows: () => void) => OutboxStore,
    private readonly play: () => Play | null,
  ) {
    this.now = this.start();
  }

  async step(pick: number): Promise<void> {
    const { waiting, relay, clock } = this.now;
    const [open] = waiting.splice(pick % Math.max(1, waiting.length), 1);
    if (!open) {
      relay.wake();
      await clock.step();
      return;
    }
    open();
    await new Promise((resolve) => setImmediate(resolve));
    await this.ending.catch(() => undefined);
    await new Promise((resolve) => setImmediate(resolve));
    if (this.now.isKilled) await this.replace();
  }

  async isDone(): Promise<boolean> {
    return this.isIdle && (await this.database.query('SELECT FROM outbox LIMIT 1')).length === 0;
  }

  async close(): Promise<void> {
    let isStopped = false;
    const stopping = this.now.relay.stop().then(() => (isStopped = true));
    while (!isStopped) await this.step(0);
    await stopping;
  }

  /** Its sessions end with a process, and its lease in time; another takes over. */
  private async replace(): Promise<void> {
    const { store, lease } = this.now;
    if (lease) await store.release(lease);
    this.isIdle = false;
    this.now = this.start();
    // a renewal of the killed one may still have been on its way
    for (; this.now.waiting.length === 0; await systemClock.sleep(1)) {
      const end = `UPDATE outbox_shard SET expires_at = '-infinity' WHERE owner <> $1`;
      await this.database.query(end, [this.now.owner]);
      await this.step(0);
    }
  }

  private start(): Process {
    const [clock, owner] = [new ManualClock(), randomUUID()];
    const store = this.makeStore(() => process.relay.wake());
    const relay = new OutboxRelay({
      store: this.stepped(store, () => process),
      publisher: { publish: (rows) => this.call(process, async () => this.publish(process, rows)) },
      ...{ clock, logger: silentLogger, metrics: noMetrics, owner, random: () => 0.5 },
      ...{ batchSize: 2, leaseTtlMs: 3_600_000, metricsEveryMs: Number.POSITIVE_INFINITY },
      onFatal: (error) => {
        throw error;
      },
    });
    const process: Process = { owner, store, relay, clock, lease: null, isKilled: false, waiting: [] };
    relay.start();
    return process;
  }

  private stepped(store: OutboxStore, process: () => Process): OutboxStore {
    return {
      shards: 1,
      acquire: async (shard, owner, ttlMs) => (process().lease = await store.acquire(shard, owner, ttlMs)),
      release: (lease) => store.release(lease),
      findPending: (lease, limit, except) =>
        this.call(process(), async () => {
          const rows = await store.findPending(lease, limit, except);
          this.isIdle = rows.length === 0 && except.length === 0;
          return rows;
        }),
      markSent: (lease, sequences, parked) => this.call(process(), () => store.markSent(lease, sequences, parked)),
      findParkedKeys: (lease) => store.findParkedKeys(lease),
      releaseParked: (lease) => store.releaseParked(lease),
      limitRows: (maxRows) => store.limitRows(maxRows),
      findBacklog: () => store.findBacklog(),
    };
  }

  private publish(process: Process, rows: readonly OutboxRow[]): void {
    if (this.play()?.publish(rows) === 'killed') process.isKilled = true;
  }

  /** A killed process never sees the answer. */
  private async call<T>(process: Process, work: () => Promise<T>): Promise<T> {
    await new Promise<void>((resolve) => process.waiting.push(resolve));
    const working = work();
    this.ending = working;
    const result = await working;
    if (process.isKilled) await new Promise(() => undefined);
    return result;
  }
}
