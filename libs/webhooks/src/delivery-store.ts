import type { WebhookEvent } from './send-webhook.js';
import type { Settlement } from './settle-attempt.js';

/** An event that waits for its receiver. */
export interface PendingDelivery {
  readonly id: string;
  readonly event: WebhookEvent;
  /** Attempts that failed. */
  readonly attempts: number;
}

/** Events of one receiver, kept until they are delivered. Of each key the oldest goes first, and alone. */
export interface DeliveryStore {
  /**
   * Takes or keeps the receiver for `ttlMs`, so that one process sends to it at a time. False while another has it, and
   * while it is off.
   */
  lease(endpoint: string, owner: string, ttlMs: number): Promise<boolean>;
  release(endpoint: string, owner: string): Promise<void>;
  /** Of each key the oldest pending event, where it is due: the longest waiting first. */
  findDue(endpoint: string, limit: number): Promise<PendingDelivery[]>;
  /** Records what became of an attempt. */
  settle(endpoint: string, delivery: PendingDelivery, settlement: Settlement): Promise<void>;
}
