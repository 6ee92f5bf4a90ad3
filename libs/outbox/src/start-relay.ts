import { StepLoop, type Closers } from '#kernel';
import { OutboxRelay, type OutboxRelayOptions } from './outbox-relay.js';
import type { EventPublisher } from './ports.js';

/** A relay's options, with a publisher of its own. */
export interface StartRelayOptions extends OutboxRelayOptions {
  readonly publisher: EventPublisher & { close(): Promise<unknown> };
  /** At so many waiting rows appending is refused; undefined: never. */
  readonly maxRows?: number | undefined;
}

/**
 * How long a quiet relay waits at most, in milliseconds, where the process that appends also wakes it: what only another
 * replica appends waits so long. A fifth of the polls of a relay that nobody wakes.
 */
export const WOKEN_POLL_MS = 250;

/** How often rows are counted: what is appended in this time, and by transactions that run, goes beyond the limit. */
const LIMIT_EVERY_MS = 1_000;

/**
 * Starts a relay, and what keeps the outbox below its limit, whether the relay leads or not. It ends with the batch in
 * flight, and its publisher after it.
 */
export function startRelay(options: StartRelayOptions, closers: Closers): OutboxRelay {
  const relay = new OutboxRelay(options);
  closers.add(() => options.publisher.close());
  closers.add(() => relay.stop());
  relay.start();
  if (options.maxRows !== undefined) startLimit(options, options.maxRows, closers);
  return relay;
}

function startLimit(options: StartRelayOptions, maxRows: number, closers: Closers): void {
  const { store, clock, logger, metrics, onFatal } = options;
  const loop = new StepLoop({
    ...{ name: 'outbox limit', idleMs: LIMIT_EVERY_MS, clock, logger, endsOn: [], wakesFromErrors: false },
    step: async () => {
      metrics.gauge('plumbline_outbox_full', (await store.limitRows(maxRows)) ? 1 : 0);
      return false;
    },
    onFatal,
  });
  closers.add(() => loop.stop());
  loop.start();
}
