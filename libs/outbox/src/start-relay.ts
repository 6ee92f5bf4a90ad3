import type { Closers } from '#kernel';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
import type { EventPublisher } from './ports.js';

/** A relay's options, with a publisher of its own. */
export interface StartRelayOptions extends OutboxRelayOptions {
  readonly publisher: EventPublisher & { close(): Promise<unknown> };
}

/** Starts a relay. It ends with the batch in flight, and its publisher after it. */
export function startRelay(options: StartRelayOptions, closers: Closers): OutboxRelay {
  const relay = new OutboxRelay(options);
  closers.add(() => options.publisher.close());
  closers.add(() => relay.stop());
  relay.start();
  return relay;
}
