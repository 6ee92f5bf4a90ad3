import { backoffMs, HubError, toHubError, type Clock, type Logger } from '#kernel';
import { isKafkaError } from './kafka-errors.js';
import type { DecodedMessage, RawMessage } from './messages.js';

/** What happens to messages outside of the processor. */
export interface BatchEffects {
  /** Decodes one message. @throws HubError park for poison */
  decode(message: RawMessage): DecodedMessage;
  /** Makes decoding possible; may wait for the registry. @throws HubError retry for an outage */
  prepare(messages: readonly RawMessage[]): Promise<void>;
  /** The application's handler: the effect and the applied offset, in one transaction. */
  handle(messages: readonly DecodedMessage[]): Promise<void>;
  /** Writes a poison message to the dead-letter topic. */
  deadLetter(message: RawMessage, error: HubError): Promise<void>;
  /** Moves the applied offset of the partition past parked messages. */
  skipTo(topic: string, partition: number, nextOffset: bigint): Promise<void>;
}

/** Life of the group membership while a batch is at work. */
export interface Membership {
  /** Tells the group that this consumer lives; throws when the group rebalances. */
  heartbeat(): Promise<void>;
  /** Aborts when the consumer is to end. */
  readonly signal: AbortSignal;
  readonly heartbeatEveryMs: number;
}

/** What a processor is made of. */
export interface BatchProcessorOptions {
  readonly effects: BatchEffects;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
}

type Outcome =
  { readonly kind: 'done' } | { readonly kind: 'interrupted' } | { readonly kind: 'poison'; readonly error: HubError };

const DONE: Outcome = { kind: 'done' };
const INTERRUPTED: Outcome = { kind: 'interrupted' };

/**
 * Carries one batch of one partition through its handler, by the disposition of what goes wrong: `retry` and `reload`
 * repeat the same batch with back-off, `park` isolates the poison message and goes on, everything else is thrown.
 */
export class BatchProcessor {
  constructor(private readonly options: BatchProcessorOptions) {}

  /**
   * True when every message was handled or parked; false when the consumer ended first.
   * @throws HubError stop or crash; errors of kafkajs (a rebalance) unchanged
   */
  async process(messages: readonly RawMessage[], membership: Membership): Promise<boolean> {
    const prepared = await this.persist(() => this.options.effects.prepare(messages), membership);
    if (prepared.kind !== 'done') return this.giveUp(prepared);
    const { good, poison } = this.decodeAll(messages);
    for (const [message, error] of poison) if (!(await this.park(message, error, membership))) return false;
    if (good.length > 0 && !(await this.handleAll(good, membership))) return false;
    return this.passOver(messages, poison.at(-1)?.[0], membership);
  }

  private decodeAll(messages: readonly RawMessage[]): {
    readonly good: readonly DecodedMessage[];
    readonly poison: readonly (readonly [RawMessage, HubError])[];
  } {
    const good: DecodedMessage[] = [];
    const poison: (readonly [RawMessage, HubError])[] = [];
    for (const message of messages) {
      try {
        good.push(this.options.effects.decode(message));
      } catch (error) {
        const classified = toHubError(error);
        if (classified.disposition !== 'park') throw classified;
        poison.push([message, classified]);
      }
    }
    return { good, poison };
  }

  /** The whole batch first; only when it holds poison, one message after another. */
  private async handleAll(messages: readonly DecodedMessage[], membership: Membership): Promise<boolean> {
    const { effects } = this.options;
    const whole = await this.persist(() => effects.handle(messages), membership);
    if (whole.kind === 'done') return true;
    if (whole.kind === 'interrupted') return false;
    if (messages.length === 1) return this.parkHandled(messages[0] as DecodedMessage, whole.error, membership);
    for (const message of messages) {
      const single = await this.persist(() => effects.handle([message]), membership);
      if (single.kind === 'interrupted') return false;
      if (single.kind === 'poison' && !(await this.parkHandled(message, single.error, membership))) return false;
    }
    return true;
  }

  private async parkHandled(message: RawMessage, error: HubError, membership: Membership): Promise<boolean> {
    return (await this.park(message, error, membership)) && this.passOver([message], message, membership);
  }

  private async park(message: RawMessage, error: HubError, membership: Membership): Promise<boolean> {
    const { effects, logger } = this.options;
    const { topic, partition, offset } = message;
    const parked = await this.persist(() => effects.deadLetter(message, error), membership);
    if (parked.kind !== 'done') return this.giveUp(parked);
    logger.warn(
      { code: error.code, topic, partition, offset: String(offset), reason: error.message },
      'message parked',
    );
    return true;
  }

  /** A handler advances the position only with what it handled; parked messages at the end are passed over here. */
  private async passOver(
    messages: readonly RawMessage[],
    parked: RawMessage | undefined,
    membership: Membership,
  ): Promise<boolean> {
    const last = messages.at(-1);
    if (!last || parked !== last) return true;
    const { topic, partition, offset } = last;
    const skipped = await this.persist(() => this.options.effects.skipTo(topic, partition, offset + 1n), membership);
    return skipped.kind === 'done' || this.giveUp(skipped);
  }

  /** Repeats what may work later, for as long as it takes; says when it never can. */
  private async persist(work: () => Promise<void>, membership: Membership): Promise<Outcome> {
    const { clock, logger, random = Math.random } = this.options;
    for (let attempt = 1; !membership.signal.aborted; attempt += 1) {
      try {
        await this.withHeartbeat(work(), membership);
        return DONE;
      } catch (error) {
        if (isKafkaError(error)) throw error;
        const classified = toHubError(error);
        if (classified.disposition === 'park') return { kind: 'poison', error: classified };
        if (classified.disposition !== 'retry' && classified.disposition !== 'reload') throw classified;
        logger.warn({ code: classified.code, attempt, reason: classified.message }, 'batch delayed');
        const pause = clock.sleep(backoffMs(attempt, random), membership.signal);
        await this.withHeartbeat(pause, membership);
      }
    }
    return INTERRUPTED;
  }

  /** Keeps the membership alive during `work`; a rebalance is thrown only after the work came to rest. */
  private async withHeartbeat<T>(work: Promise<T>, membership: Membership): Promise<T> {
    const finished = new AbortController();
    const ended = work.finally(() => finished.abort());
    const [result, beat] = await Promise.allSettled([ended, this.beatUntil(finished.signal, membership)]);
    if (beat.status === 'rejected') throw beat.reason;
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  private async beatUntil(signal: AbortSignal, membership: Membership): Promise<void> {
    while (!signal.aborted) {
      await this.options.clock.sleep(membership.heartbeatEveryMs, signal);
      if (!signal.aborted) await membership.heartbeat();
    }
  }

  /** Where parking itself is refused for good, a bug or a setting is behind it: nothing must be skipped. */
  private giveUp(outcome: Outcome): false {
    if (outcome.kind === 'poison')
      throw new HubError(
        'HUB_INVARIANT_BROKEN',
        `Parking failed: ${outcome.error.message}`,
        {},
        { cause: outcome.error },
      );
    return false;
  }
}
