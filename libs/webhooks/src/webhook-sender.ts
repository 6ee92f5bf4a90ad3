import type { Clock, Logger, Metrics } from '#kernel';
import type { OutboundHttp } from '#outbound-http';
import type { DeliveryStore, PendingDelivery } from './delivery-store.js';
import { sendWebhook, type WebhookTarget } from './send-webhook.js';
import { settleAttempt } from './settle-attempt.js';

/** What sending to one receiver needs. */
export interface WebhookSenderOptions {
  readonly endpoint: string;
  readonly target: WebhookTarget;
  readonly http: OutboundHttp;
  readonly store: DeliveryStore;
  /** Unique per process and start. */
  readonly owner: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** So many keys at once. */
const PAGE = 16;
/** By so much a lease is longer than the slowest attempt: what became of it is stored within. */
const LEASE_MARGIN_MS = 10_000;

/**
 * Sends what is due to one receiver: at least once, in order per key. Killed at any point, it sends the same event again
 * under the same id.
 */
export class WebhookSender {
  constructor(private readonly options: WebhookSenderOptions) {}

  /** One page of attempts, side by side, one a key; true when something was tried. @throws HubError HUB_DATABASE_* */
  async sendDue(): Promise<boolean> {
    const { endpoint, store, owner, target } = this.options;
    if (!(await store.lease(endpoint, owner, target.timeoutMs + LEASE_MARGIN_MS))) return false;
    const due = await store.findDue(endpoint, PAGE);
    await Promise.all(due.map((delivery) => this.send(delivery)));
    return due.length > 0;
  }

  /** Gives the receiver up, so that another process need not wait for the lease to end. */
  async release(): Promise<void> {
    await this.options.store.release(this.options.endpoint, this.options.owner);
  }

  private async send(delivery: PendingDelivery): Promise<void> {
    const { endpoint, target, http, store, clock, random, logger, metrics } = this.options;
    const result = await sendWebhook(http, target, delivery.event, clock.nowMs());
    const settlement = settleAttempt(result, delivery.attempts, random);
    await store.settle(endpoint, delivery, settlement);
    metrics.count('plumbline_webhook_attempts_total', 1, { endpoint, result: settlement.kind });
    if (settlement.kind === 'done') return;
    const { kind, reason } = settlement;
    logger[kind === 'again' ? 'info' : 'warn'](
      { endpoint, event: delivery.event.id, kind, reason },
      'webhook not delivered',
    );
  }
}
