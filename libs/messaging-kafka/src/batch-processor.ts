import type { HubError, Clock, Logger } from '#kernel';
import type { HeldKeys } from '#outbox';
import { LANE_RULES, runLanes, type LaneRules } from './lanes.js';
import type { DecodedMessage, RawMessage } from './messages.js';
import { PagePart, type ReleaseHeld } from './page-part.js';
import { Parking } from './parking.js';
import { Patience, type Membership } from './patience.js';

/** What happens to messages outside of the processor. */
export interface BatchEffects {
  /** Decodes one message. @throws HubError park for poison */
  decode(message: RawMessage): DecodedMessage;
  /** Makes decoding possible; may wait for the registry. @throws HubError retry for an outage */
  prepare(messages: readonly RawMessage[]): Promise<void>;
  /** The application's handler: the effect and, without lanes, the applied offset, in one transaction. */
  handle(messages: readonly DecodedMessage[]): Promise<void>;
  /** Writes a poison message to the dead-letter topic; says whether it holds its key. */
  deadLetter(message: RawMessage, error: HubError, holdsKey: boolean): Promise<void>;
  /** Moves the applied offset of the partition past parked messages, and with lanes past a page. */
  skipTo(topic: string, partition: number, nextOffset: bigint): Promise<void>;
}

/** What a processor is made of. */
export interface BatchProcessorOptions {
  readonly effects: BatchEffects;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly random?: () => number;
  readonly laneRules?: LaneRules;
}

/** How the pages of a topic are handled. */
export interface Handling {
  readonly lanes: number;
  /** Given for facts: keys of which a message is parked. */
  readonly heldKeys: HeldKeys | null;
  /** Given for replay lanes of facts: see {@link PartOptions.release}. */
  readonly release?: ReleaseHeld;
}

const ONE_LANE_OF_STATE: Handling = { lanes: 1, heldKeys: null };

/**
 * Carries one page of one partition through its handler, by the disposition of what goes wrong: `retry` and `reload`
 * repeat the same messages with back-off, `park` isolates the poison message and goes on, everything else is thrown. With
 * lanes, parts of the page go side by side, each by its own dispositions; the position moves when all of them rest.
 */
export class BatchProcessor {
  private readonly patience: Patience;
  private readonly parking: Parking;

  constructor(private readonly options: BatchProcessorOptions) {
    this.patience = new Patience(options);
    this.parking = new Parking(options.effects, this.patience, options.logger);
  }

  /**
   * True when every message was handled or parked; false when the consumer ended first. Settles only when no handler runs.
   * @throws HubError stop or crash; errors of kafkajs (a rebalance) unchanged
   */
  async process(
    messages: readonly RawMessage[],
    membership: Membership,
    handling: Handling = ONE_LANE_OF_STATE,
  ): Promise<boolean> {
    const { effects } = this.options;
    if (!(await this.patience.insist('Preparing', () => effects.prepare(messages), membership))) return false;
    if (handling.lanes === 1) return this.partOf(handling, membership).process(messages);
    const { laneRules: rules = LANE_RULES } = this.options;
    const run = (part: readonly RawMessage[], signal: AbortSignal): Promise<boolean> =>
      this.partOf(handling, { ...membership, signal }).process(part);
    const isDone = await runLanes(rules.split(messages, handling.lanes), run, { rules, signal: membership.signal });
    const last = messages.at(-1);
    return isDone && (!last || this.parking.passOver(last, membership));
  }

  private partOf({ lanes, heldKeys, release }: Handling, membership: Membership): PagePart {
    const { patience, parking } = this;
    return new PagePart({
      effects: this.options.effects,
      patience,
      parking,
      membership,
      movesPosition: lanes === 1,
      heldKeys,
      ...(release && { release }),
    });
  }
}
