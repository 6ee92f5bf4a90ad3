import { createRequire } from 'node:module';

/** What kafkajs's queue of one connection holds. */
export interface RequestQueue {
  readonly pending: readonly unknown[];
  scheduleCheckPendingRequests: (this: RequestQueue) => void;
}

const load = createRequire(import.meta.url);
const RequestQueueOfKafkajs = load('kafkajs/src/network/requestQueue') as { readonly prototype: RequestQueue };

/**
 * Keeps kafkajs (pinned at 2.2.4) from looking a thousand times a second, for as long as a connection lives, whether
 * requests wait: it sets its timer again after each look, with a negative delay. That was 8 to 12 % of the CPU of an app
 * whose connections rest. Now it looks again only while requests wait; one that is added while none does is sent at once,
 * or sets the timer by itself.
 */
export function quietRequestQueues(queue: { readonly prototype: RequestQueue } = RequestQueueOfKafkajs): void {
  const schedule = queue.prototype.scheduleCheckPendingRequests;
  queue.prototype.scheduleCheckPendingRequests = function scheduleWhileSomeWait(this: RequestQueue): void {
    if (this.pending.length > 0) schedule.call(this);
  };
}
