import type { HubError, Logger } from '#kernel';
import type { RawMessage } from './messages.js';
import type { Membership, Patience } from './patience.js';

/** Where parked messages go. */
export interface ParkingEffects {
  /** Writes a message to the dead-letter topic; says whether it holds its key. */
  deadLetter(message: RawMessage, error: HubError, holdsKey: boolean): Promise<void>;
  /** Moves the applied offset of the partition past parked messages. */
  skipTo(topic: string, partition: number, nextOffset: bigint): Promise<void>;
}

/** Sets messages aside, and passes over them. */
export class Parking {
  constructor(
    private readonly effects: ParkingEffects,
    private readonly patience: Patience,
    private readonly logger: Logger,
  ) {}

  /** False when the consumer ended first. @throws HubError HUB_INVARIANT_BROKEN when parking is refused for good */
  async park(message: RawMessage, error: HubError, membership: Membership, holdsKey = false): Promise<boolean> {
    const { topic, partition, offset } = message;
    const write = (): Promise<void> => this.effects.deadLetter(message, error, holdsKey);
    if (!(await this.patience.insist('Parking', write, membership))) return false;
    const facts = { code: error.code, topic, partition, offset: String(offset), reason: error.message };
    this.logger.warn(facts, 'message parked');
    return true;
  }

  /** Moves the position behind this message, which was handled or is parked. */
  passOver({ topic, partition, offset }: RawMessage, membership: Membership): Promise<boolean> {
    const skip = (): Promise<void> => this.effects.skipTo(topic, partition, offset + 1n);
    return this.patience.insist('Passing over parked messages', skip, membership);
  }
}
