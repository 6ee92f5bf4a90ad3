import { retryDelayMs } from './retry-schedule.js';
import type { WebhookDelivery } from './send-webhook.js';

/** What becomes of an event after an attempt. */
export type Settlement =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly attempts: number; readonly inMs: number; readonly reason: string }
  /** The last attempt failed: the key goes on with its next event, and somebody is told. */
  | { readonly kind: 'parked'; readonly attempts: number; readonly reason: string }
  /** The receiver wants no more: nothing is sent until somebody switches it on again, and the event waits. */
  | { readonly kind: 'off'; readonly reason: string };

/** Decides by the schedule of attempts. Pure. @param attempts those that failed before this one */
export function settleAttempt(delivery: WebhookDelivery, attempts: number, random: () => number): Settlement {
  switch (delivery.kind) {
    case 'delivered':
      return { kind: 'done' };
    case 'stopped':
      return { kind: 'off', reason: delivery.reason };
    case 'failed': {
      const { reason, retryAfterMs } = delivery;
      const failed = attempts + 1;
      const inMs = retryDelayMs(failed, random, retryAfterMs);
      return inMs === null
        ? { kind: 'parked', attempts: failed, reason }
        : { kind: 'again', attempts: failed, inMs, reason };
    }
  }
}
