/** A key of a topic of facts of which a message is parked: what follows waits in the dead-letter topic behind it. */
export interface HeldKey {
  readonly topic: string;
  readonly key: string;
  readonly partition: number;
  /** The parked message that the others wait behind. */
  readonly firstOffset: bigint;
  /** Why that one was parked: an error code, and its text. */
  readonly code: string;
  readonly reason: string;
}

/**
 * Which keys are held, in the consumer's own database. Every method commits before it resolves: what waits is known before
 * its dead letter is written. All of them may be repeated. @throws HubError HUB_DATABASE_*
 */
export interface HeldKeys {
  /** Those of the keys that are held, by key. */
  findHeld(topic: string, keys: readonly string[]): Promise<ReadonlyMap<string, HeldKey>>;
  /** Holds a key from a message on; a key that is held already stays as it is. */
  hold(held: HeldKey): Promise<void>;
  /** Lets a later message hold the key instead: those before it were handed back. Nothing for a key that is not held. */
  moveOn(held: HeldKey): Promise<void>;
  /** Notes that the message at this offset is about to wait; false when the key is not held any more: handle it. */
  addHeld(topic: string, key: string, offset: bigint): Promise<boolean>;
  /** The offset of the last message that waits or is about to; null when the key is not held. */
  findLastHeld(topic: string, key: string): Promise<bigint | null>;
  /** Lets the key go, unless a message behind `upTo` waits by now: false then. True also for a key that is not held. */
  release(topic: string, key: string, upTo: bigint): Promise<boolean>;
}
