import { ERROR_CODES, HubError, toHubError, type ErrorCode } from '#kernel';
import type { HeldKey, HeldKeys } from '#outbox';
import type { DecodedMessage, RawMessage } from './messages.js';
import { findDecision, type LetterDecision } from './letter-decision.js';
import type { Parking } from './parking.js';
import type { Membership, Patience } from './patience.js';

/** What happens to the messages of a part that are not parked. */
export interface PartEffects {
  /** Decodes one message. @throws HubError park for poison */
  decode(message: RawMessage): DecodedMessage;
  /** The application's handler. */
  handle(messages: readonly DecodedMessage[]): Promise<void>;
}

/** Hands back what waits behind a parked message of a key; false: not all of it is there yet, to be tried again. */
export type ReleaseHeld = (waiting: { readonly topic: string; readonly key: string }) => Promise<boolean>;

/** What a part of a page is carried through with. */
export interface PartOptions {
  readonly effects: PartEffects;
  readonly patience: Patience;
  readonly parking: Parking;
  readonly membership: Membership;
  /** Whether the position follows message by message; with lanes it waits for the whole page. */
  readonly movesPosition: boolean;
  /** Given for facts: what follows a parked message of its key is parked behind it. Without it, it takes its place. */
  readonly heldKeys: HeldKeys | null;
  /** Given for replay lanes of facts: a letter that is handled now, or is given up, lets what waits behind it go. */
  readonly release?: ReleaseHeld;
}

type Decoded = { readonly message: DecodedMessage } | { readonly error: HubError };

/** A fact that goes with those before it, or what is done with it instead, when those before it are handled where that matters. */
type FactVerdict =
  { readonly good: DecodedMessage } | { readonly endsRun: boolean; readonly carry: () => Promise<boolean> };

/** One lane's part of a page, or the whole of it: handled in order, poison set aside. Use it once. */
export class PagePart {
  private held = new Map<string, HeldKey>();
  /** Messages are not parked in their order: what cannot be decoded comes before what the handler refuses. */
  private readonly parkedOffsets = new Set<bigint>();

  constructor(private readonly options: PartOptions) {}

  /** True when every message was handled or parked; false when the consumer ended first. @throws HubError stop or crash */
  async process(messages: readonly RawMessage[]): Promise<boolean> {
    const isDone = this.options.heldKeys ? await this.processFacts(messages) : await this.processState(messages);
    if (!isDone) return false;
    const last = messages.at(-1);
    return !last || !this.parkedOffsets.has(last.offset) || this.passOver(last);
  }

  /** Poison first: a handler moves the position past all that lies before its last message. */
  private async processState(messages: readonly RawMessage[]): Promise<boolean> {
    const good: DecodedMessage[] = [];
    for (const message of messages) {
      const decoded = this.decode(message);
      if ('message' in decoded) good.push(decoded.message);
      else if (!(await this.park(message, decoded.error))) return false;
    }
    return this.handleAll(good);
  }

  /** In runs between what cannot be decoded: whether that waits is known when all before it of its key is handled. */
  private async processFacts(messages: readonly RawMessage[]): Promise<boolean> {
    if (!(await this.findHeld(messages))) return false;
    const run: DecodedMessage[] = [];
    for (const message of messages) {
      const verdict = await this.judgeFact(message);
      if ('good' in verdict) run.push(verdict.good);
      else {
        if (verdict.endsRun && !(await this.handleAll(run.splice(0)))) return false;
        if (!(await verdict.carry())) return false;
      }
    }
    return this.handleAll(run);
  }

  private async judgeFact(message: RawMessage): Promise<FactVerdict> {
    const decision = this.options.release ? findDecision(message) : null;
    if (decision) return { endsRun: true, carry: () => this.takeDecision(message, decision) };
    if (await this.isBehind(message)) return { endsRun: false, carry: () => this.parkBehind(message) };
    const decoded = this.decode(message);
    if ('message' in decoded) return { good: decoded.message };
    return { endsRun: true, carry: () => this.parkOrWait(message, decoded.error) };
  }

  private decode(message: RawMessage): Decoded {
    try {
      return { message: this.options.effects.decode(message) };
    } catch (error) {
      const classified = toHubError(error);
      if (classified.disposition !== 'park') throw classified;
      return { error: classified };
    }
  }

  /** All messages first; only when they hold poison, one after another. */
  private async handleAll(messages: readonly DecodedMessage[]): Promise<boolean> {
    if (messages.length === 0) return true;
    const { effects, patience, membership } = this.options;
    const whole = await patience.persist(() => effects.handle(messages), membership);
    if (whole.kind !== 'poison') return whole.kind === 'done';
    const [first] = messages;
    if (first && messages.length === 1) return this.parkAndPass(first, whole.error);
    for (const message of messages) if (!(await this.handleOne(message))) return false;
    return true;
  }

  private async handleOne(message: DecodedMessage): Promise<boolean> {
    const { effects, patience, membership } = this.options;
    if (await this.isBehind(message)) return (await this.parkBehind(message)) && this.passOver(message);
    const single = await patience.persist(() => effects.handle([message]), membership);
    return single.kind === 'poison' ? this.parkAndPass(message, single.error) : single.kind === 'done';
  }

  /** A letter that somebody sent once more holds nothing and waits behind nothing: its key is held where it came from. */
  private async takeDecision(message: RawMessage, { kind, topic }: LetterDecision): Promise<boolean> {
    const { effects, patience, membership, release } = this.options;
    if (kind === 'retry') {
      const decoded = this.decode(message);
      if ('error' in decoded) return this.parkAgain(message, decoded.error);
      const outcome = await patience.persist(() => effects.handle([decoded.message]), membership);
      if (outcome.kind === 'poison') return this.parkAgain(message, outcome.error);
      if (outcome.kind !== 'done') return false;
    }
    let isReleased = true;
    const hand = async (): Promise<void> => {
      isReleased = (await release?.({ topic, key: message.key })) ?? true;
    };
    if (!(await patience.insist('Releasing a key', hand, membership)) || !isReleased) return false;
    return this.passOver(message);
  }

  private async parkAgain(message: RawMessage, error: HubError): Promise<boolean> {
    const { parking, membership } = this.options;
    return (await parking.park(message, error, membership)) && this.passOver(message);
  }

  private async parkAndPass(message: RawMessage, error: HubError): Promise<boolean> {
    return (await this.park(message, error)) && this.passOver(message);
  }

  /** Of facts, the key is held before the letter is written: a crash in between must not let the next one pass. */
  private async park(message: RawMessage, error: HubError): Promise<boolean> {
    const { heldKeys, parking, patience, membership } = this.options;
    if (heldKeys && message.key !== '' && !this.held.has(message.key)) {
      const held = toHeldKey(message, error);
      if (!(await patience.insist('Holding a key', () => heldKeys.hold(held), membership))) return false;
      this.held.set(message.key, held);
    }
    this.parkedOffsets.add(message.offset);
    const holdsKey = this.held.get(message.key)?.firstOffset === message.offset;
    return parking.park(message, error, membership, holdsKey);
  }

  private async parkOrWait(message: RawMessage, error: HubError): Promise<boolean> {
    return (await this.isBehind(message)) ? this.parkBehind(message) : this.park(message, error);
  }

  /** As the message that the key is held by, when the crash came before the position moved; else as one behind it. */
  private parkBehind(message: RawMessage): Promise<boolean> {
    const held = this.held.get(message.key);
    if (held?.firstOffset === message.offset) return this.park(message, firstErrorOf(held));
    const details = { key: message.key, firstOffset: held?.firstOffset ?? null };
    return this.park(message, new HubError('HUB_HELD_BEHIND', 'An earlier message of its key is parked.', details));
  }

  private passOver(message: RawMessage): Promise<boolean> {
    const { movesPosition, parking, membership } = this.options;
    return movesPosition ? parking.passOver(message, membership) : Promise.resolve(true);
  }

  private async findHeld(messages: readonly RawMessage[]): Promise<boolean> {
    const { heldKeys, patience, membership } = this.options;
    const topic = messages[0]?.topic ?? '';
    const keys = [...new Set(messages.map(({ key }) => key))];
    const find = async (): Promise<void> => {
      this.held = new Map(await heldKeys?.findHeld(topic, keys));
    };
    return patience.insist('Finding the held keys', find, membership);
  }

  /** The database has the last word: the key may have been released since. */
  private async isBehind({ topic, key, offset }: RawMessage): Promise<boolean> {
    const { heldKeys, patience, membership } = this.options;
    const held = this.held.get(key);
    if (!heldKeys || !held || offset < held.firstOffset) return false;
    let isHeld = true;
    const add = async (): Promise<void> => {
      isHeld = await heldKeys.addHeld(topic, key, offset);
    };
    await patience.insist('Noting that a message waits', add, membership);
    if (!isHeld) this.held.delete(key);
    return isHeld;
  }
}

function toHeldKey({ topic, key, partition, offset }: RawMessage, { code, message }: HubError): HeldKey {
  return { topic, key, partition, firstOffset: offset, code, reason: message };
}

/** Why the first one was parked, as it was kept; the code may be one that later versions no longer have. */
function firstErrorOf({ reason, code }: HeldKey): HubError {
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'HUB_PAYLOAD_INVALID';
  return new HubError(known, reason, {}, { disposition: 'park' });
}
