import type { Clock, Logger } from '#kernel';
import type { EachBatchPayload } from 'kafkajs';
import { toBrokerError } from './kafka-errors.js';

/** What {@link BrokerOffsets} works with. */
export interface BrokerOffsetsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends it. */
  readonly signal: AbortSignal;
}

type Told = Pick<EachBatchPayload, 'commitOffsetsIfNecessary' | 'uncommittedOffsets'>;

const TELL_EVERY_MS = 100;

/**
 * Tells the broker how far its consumer is, for monitoring: at once, then every 100 ms as long as there is something to
 * tell. Nobody waits for it, and nothing rests on it; a rebalance that it runs into shows at the next heartbeat.
 */
export class BrokerOffsets {
  private latest: Told | null = null;
  private isTelling = false;

  constructor(private readonly options: BrokerOffsetsOptions) {}

  /** Call it after every batch. */
  follow(payload: Told): void {
    this.latest = payload;
    if (!this.isTelling) void this.tellAll();
  }

  /** Tells what was not told yet, before a consumer leaves its group. Never rejects. */
  async tell(payload: Told): Promise<void> {
    this.latest = null;
    try {
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
    } catch (error) {
      const { code, message } = toBrokerError(error);
      this.options.logger.debug({ code, reason: message }, 'the broker was not told how far we are');
    }
  }

  private async tellAll(): Promise<void> {
    const { clock, signal } = this.options;
    this.isTelling = true;
    for (let payload = this.latest; payload; payload = this.latest) {
      await this.tell(payload);
      await clock.sleep(TELL_EVERY_MS, signal);
    }
    this.isTelling = false;
  }
}
