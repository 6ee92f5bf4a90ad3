import { toHubError, type Clock, type Logger, type Metrics } from '#kernel';
import type { OutboxRow, OutboxStore, ParkedRow } from './ports.js';

/** What the figures come from and go to. */
export interface RelayMetricsOptions {
  readonly store: OutboxStore;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly shard: number;
  readonly metricsEveryMs: number;
}

/** A relay's figures. */
export class RelayMetrics {
  private measuredAtMs = Number.NEGATIVE_INFINITY;
  private measuring: Promise<void> = Promise.resolve();

  constructor(private readonly options: RelayMetricsOptions) {}

  /** Tells what waits, now and then. Nobody waits for it: rows are counted for long where many were removed. */
  measure(): void {
    const { clock, metricsEveryMs, logger } = this.options;
    if (clock.nowMs() - this.measuredAtMs < metricsEveryMs) return;
    this.measuredAtMs = Number.POSITIVE_INFINITY;
    this.measuring = this.measureNow()
      .catch((error: unknown) => logger.warn({ code: toHubError(error).code }, 'outbox not measured'))
      .finally(() => (this.measuredAtMs = clock.nowMs()));
  }

  /** Resolves when no measuring is under way. */
  rest(): Promise<void> {
    return this.measuring;
  }

  private async measureNow(): Promise<void> {
    const { metrics, store } = this.options;
    const backlog = await store.findBacklog();
    metrics.gauge('plumbline_outbox_pending_rows', backlog.rows);
    metrics.gauge('plumbline_outbox_oldest_age_seconds', backlog.oldestAgeMs / 1000);
    metrics.gauge('plumbline_outbox_parked_keys', backlog.parkedKeys);
    metrics.gauge('plumbline_outbox_parked_rows', backlog.parkedRows);
    if (backlog.retainedWalBytes !== undefined)
      metrics.gauge('plumbline_outbox_retained_wal_bytes', backlog.retainedWalBytes);
  }

  /** A page is done. */
  removed(page: readonly OutboxRow[], parked: readonly ParkedRow[]): void {
    const { metrics, logger, shard, clock } = this.options;
    const labels = { shard: String(shard) };
    const appendedAtMs = page[0]?.appendedAtMs;
    // once a page, for the row that waited longest; by two clocks, the database's and ours
    if (appendedAtMs !== undefined && parked.length < page.length)
      metrics.observe('plumbline_outbox_lag_seconds', Math.max(0, clock.nowMs() - appendedAtMs) / 1000, labels);
    metrics.count('plumbline_outbox_published_total', page.length - parked.length, labels);
    if (parked.length === 0) return;
    metrics.count('plumbline_outbox_parked_total', parked.length, labels);
    for (const { sequence, cause } of parked)
      if (cause) logger.warn({ code: cause.code, shard, sequence, reason: cause.reason }, 'outbox row parked');
  }
}
