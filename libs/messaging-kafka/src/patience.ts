import { backoffMs, HubError, toHubError, type Clock, type Logger } from '#kernel';
import { isKafkaError } from './kafka-errors.js';

/** Life of the group membership while a batch is at work. */
export interface Membership {
  /** Tells the group that this consumer lives; throws when the group rebalances. */
  heartbeat(): Promise<void>;
  /** Aborts when the consumer is to end. */
  readonly signal: AbortSignal;
  readonly heartbeatEveryMs: number;
}

/** What became of a piece of work. */
export type Outcome =
  { readonly kind: 'done' } | { readonly kind: 'interrupted' } | { readonly kind: 'poison'; readonly error: HubError };

/** What patience needs. */
export interface PatienceOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
}

const DONE: Outcome = { kind: 'done' };
const INTERRUPTED: Outcome = { kind: 'interrupted' };

/** Repeats what may work later, and keeps the membership alive meanwhile. */
export class Patience {
  constructor(private readonly options: PatienceOptions) {}

  /**
   * Repeats what may work later, for as long as it takes; says when it never can.
   * @throws HubError stop or crash; errors of kafkajs (a rebalance) unchanged, after the work came to rest
   */
  async persist(work: () => Promise<void>, membership: Membership): Promise<Outcome> {
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

  /**
   * As {@link persist}, for what nothing can be poison of: false when the consumer ended first.
   * @throws HubError HUB_INVARIANT_BROKEN where it is refused for good: a bug or a setting is behind it
   */
  async insist(what: string, work: () => Promise<void>, membership: Membership): Promise<boolean> {
    const outcome = await this.persist(work, membership);
    if (outcome.kind !== 'poison') return outcome.kind === 'done';
    const { error } = outcome;
    throw new HubError('HUB_INVARIANT_BROKEN', `${what} failed: ${error.message}`, {}, { cause: error });
  }

  private async withHeartbeat<T>(work: Promise<T>, membership: Membership): Promise<T> {
    const finished = new AbortController();
    const ended = work.finally(() => finished.abort());
    const [result, beat] = await Promise.allSettled([ended, this.beatUntil(finished.signal, membership)]);
    if (beat.status === 'rejected') throw beat.reason;
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  }

  /**
   * Goes on after a refusal, which is thrown at the end: a member that rebalances and is silent for a session is put out, and
   * another member would get its partitions while the work still runs.
   */
  private async beatUntil(signal: AbortSignal, membership: Membership): Promise<void> {
    const refusals: unknown[] = [];
    while (!signal.aborted) {
      await this.options.clock.sleep(membership.heartbeatEveryMs, signal);
      if (!signal.aborted) await membership.heartbeat().catch((error: unknown) => refusals.push(error));
    }
    if (refusals.length > 0) throw refusals[0];
  }
}
