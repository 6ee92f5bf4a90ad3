import type { Instant } from '#kernel';
import type { DeadLetterKind } from './dead-letter-reason.js';
import type { ReplayMessage } from './replay-ports.js';

/** Where a message lies. */
export interface MessagePlace {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
}

/** A letter as its topic has it. */
export interface NewLetter {
  /** In the dead-letter topic. */
  readonly place: MessagePlace;
  readonly origin: MessagePlace;
  /** The group that could not handle the message. */
  readonly consumer: string;
  readonly key: string;
  readonly code: string;
  readonly reason: string;
  /** The letter that a retry of was parked again; null for a message that is parked for the first time. */
  readonly retryOf: string | null;
  /** Offset of the message of its key that it waits behind; null when it was parked for its own sake. */
  readonly heldBehind: bigint | null;
  /** False: the value was too large, and is only where it came from. */
  readonly hasValue: boolean;
  /** True: of facts, what follows of its key waits behind it until it is settled. */
  readonly holdsKey: boolean;
  readonly parkedAtMs: number;
}

/** `retrying`: ordered, and on its way; of these the next retry goes on with what a killed one left. */
export type DeadLetterState = 'open' | 'retrying' | 'retried' | 'discarded';

/** A letter with what became of it. */
export interface DeadLetter extends Omit<NewLetter, 'retryOf' | 'parkedAtMs'> {
  readonly id: string;
  /** Of letters with the same consumer, code and normalised reason. */
  readonly groupId: string;
  readonly kind: DeadLetterKind;
  /** How often it was parked. */
  readonly attempts: number;
  readonly state: DeadLetterState;
  readonly note: string | null;
  readonly decidedBy: string | null;
  readonly isEdited: boolean;
  readonly parkedAt: Instant;
}

/** Letters of one cause. */
export interface DeadLetterGroup {
  readonly groupId: string;
  readonly consumer: string;
  /** Where the messages came from, sorted. */
  readonly topics: readonly string[];
  readonly code: string;
  /** Normalised. */
  readonly reason: string;
  readonly kind: DeadLetterKind;
  readonly letters: number;
  /** Of them, those that wait behind another of their key. */
  readonly held: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
}

/** Which open letters are meant; all that is given must hold. */
export interface DeadLetterChoice {
  readonly ids?: readonly string[];
  readonly groupId?: string;
  readonly consumer?: string;
  readonly kind?: DeadLetterKind;
}

/** What waited of a key was handed back to its consumer, up to, without, an offset. */
export interface ReleasedKey {
  readonly consumer: string;
  readonly topic: string;
  readonly key: string;
  readonly before: bigint;
}

/** A page of one partition of a dead-letter topic. */
export interface LetterPage {
  readonly topic: string;
  readonly partition: number;
  readonly letters: readonly NewLetter[];
  /** Letters that waited of these keys are sent, then. */
  readonly released: readonly ReleasedKey[];
  readonly nextOffset: bigint;
}

/** A letter that is to go out, with the value that somebody gave it. */
export interface OrderedLetter extends DeadLetter {
  readonly edited: Buffer | null;
}

/** The index of dead letters and what was decided of them. Values stay in the topics. */
export interface DeadLetterStore {
  /** Where reading a dead-letter topic goes on, by partition. */
  positions(topic: string): Promise<ReadonlyMap<number, bigint>>;
  /** Adds a page with its position in one transaction. A message that is parked again is its letter, open once more. */
  addPage(page: LetterPage): Promise<void>;
  /** Groups of open letters, the largest first. */
  groups(choice: DeadLetterChoice): Promise<readonly DeadLetterGroup[]>;
  /** Open letters, the oldest first. */
  list(choice: DeadLetterChoice, limit: number): Promise<readonly DeadLetter[]>;
  find(id: string): Promise<DeadLetter | null>;
  /** How many open letters there are to be chosen, and how many of them wait behind another. */
  count(choice: DeadLetterChoice): Promise<{ readonly letters: number; readonly held: number }>;
  /** @returns how many open letters were discarded, all or none */
  discard(choice: DeadLetterChoice, how: { readonly reason: string; readonly actor: string }): Promise<number>;
  /** Marks open letters that wait behind no other as to be sent, all or none. @returns how many */
  orderRetry(choice: DeadLetterChoice, actor: string): Promise<number>;
  /** As {@link DeadLetterStore.orderRetry} for one letter, with another value. False when it is not open. */
  orderEdited(id: string, value: Buffer, actor: string): Promise<boolean>;
  /** What people should know of a letter. False where there is none. */
  annotate(id: string, note: string): Promise<boolean>;
  /** One at a time may send: takes or prolongs the lease. */
  lease(owner: string, leaseMs: number): Promise<boolean>;
  /** Gives the lease back, if it is still this one's. */
  release(owner: string): Promise<void>;
  /** How many letters are on their way, those that are given up and still hold their key included. */
  countOrdered(): Promise<number>;
  /** The next letters to be sent, in the order of their topics, partitions and offsets. */
  nextOrdered(limit: number): Promise<readonly OrderedLetter[]>;
  /** The next letters that were given up and still hold their key. */
  nextGivenUp(limit: number): Promise<readonly DeadLetter[]>;
  /** Notes that their consumer has been told. @throws HubError HUB_LEASE_LOST */
  settleGivenUp(owner: string, ids: readonly string[]): Promise<void>;
  /** Notes what was sent, and opens again what was not. @throws HubError HUB_LEASE_LOST */
  settle(owner: string, outcome: { readonly sent: readonly string[]; readonly gone: readonly string[] }): Promise<void>;
}

/** The dead-letter topics. */
export interface LetterTopics {
  /** `<prefix>….dead-letter.v1`, sorted: also those of services that the hub file does not name. */
  names(prefix: string): Promise<readonly string[]>;
  /** Hands over what lies between the positions and the topic's end; nothing where the topic is missing. */
  readNew(
    topic: string,
    from: ReadonlyMap<number, bigint>,
    onPage: (page: LetterPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /** The messages at these places of one topic, as their consumer got them; those that are gone are left out. */
  fetch(
    topic: string,
    places: readonly MessagePlace[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ReplayMessage>>;
}

/** Name of a place in {@link LetterTopics.fetch}'s answer. */
export function placeName({ partition, offset }: Pick<MessagePlace, 'partition' | 'offset'>): string {
  return `${partition}/${offset}`;
}
