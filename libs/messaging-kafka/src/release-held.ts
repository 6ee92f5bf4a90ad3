import { toHubError, type HubError } from '#kernel';
import type { DeadLetters } from './dead-letters.js';
import type { ServedOptions, ServedRoute } from './kafka-batch-options.js';
import type { DecodedMessage, RawMessage } from './messages.js';
import type { ReleaseHeld } from './page-part.js';
import { releaseKey, type ReleaseOptions, type WaitingKey } from './release-key.js';

/** What a consumer releases with. */
export interface HeldRelease extends Pick<
  ReleaseOptions,
  'connection' | 'codec' | 'groupId' | 'deadLetterTopic' | 'heldKeys' | 'handle'
> {
  readonly deadLetters: Pick<DeadLetters, 'write' | 'noteReleased'>;
}

/** What is noted as waiting and not written yet is perhaps this very consumer's to write: it must not wait for itself. */
const WAIT_MS = 2_000;

/** What of a consumer hands back. */
export interface ReleaseParts extends Pick<HeldRelease, 'heldKeys' | 'deadLetters'> {
  /** Calls the handler of a pattern. */
  readonly call: (messages: readonly DecodedMessage[], pattern: string) => Promise<void>;
}

/** How the keys of a route of facts are let go, by what came through its lane. */
export function makeRelease(options: ServedOptions, route: ServedRoute, parts: ReleaseParts): ReleaseHeld {
  const { connection, codec, groupId, deadLetterTopic, logger } = options;
  const { heldKeys, deadLetters, call } = parts;
  const pattern = route.released ?? ((route.lanes ?? 1) > 1 ? route.pattern : undefined);
  return async (waiting) => {
    if (pattern === undefined) {
      logger.warn({ topic: waiting.topic }, 'the key stays held: the route names no handler for what waits');
      return true;
    }
    const handle = (messages: readonly DecodedMessage[]): Promise<void> => call(messages, pattern);
    return releaseHeld({ connection, codec, groupId, deadLetterTopic, heldKeys, handle, deadLetters }, waiting);
  };
}

/**
 * Hands back, in order, what waits behind the message that holds a key, which was settled, and lets the key go. Where one of
 * what waits can't be handled either, that one holds the key from then on, with its own reason, as a letter that can be settled.
 * @returns false when a message that waits is not in the dead-letter topic yet: to be tried again
 * @throws HubError HUB_BROKER_*, HUB_DATABASE_*, HUB_REGISTRY_UNREACHABLE
 */
export async function releaseHeld(options: HeldRelease, waiting: WaitingKey): Promise<boolean> {
  const { heldKeys, deadLetters, handle } = options;
  const held = (await heldKeys.findHeld(waiting.topic, [waiting.key])).get(waiting.key);
  if (!held) return true;
  let next = held.firstOffset + 1n;
  let isRefused = false;
  const refuse = async (message: RawMessage, error: HubError): Promise<void> => {
    await heldKeys.moveOn({ ...held, firstOffset: message.offset, code: error.code, reason: error.message });
    await deadLetters.write(message, error, true);
    isRefused = true;
  };
  const hand = async (messages: readonly DecodedMessage[]): Promise<void> => {
    await handle(messages);
    next = (messages.at(-1)?.offset ?? next - 1n) + 1n;
  };
  try {
    await releaseKey({ ...options, handle: hand, refuse, withFirst: false, timeoutMs: WAIT_MS }, waiting);
  } catch (thrown) {
    const { code } = toHubError(thrown);
    if (code === 'HUB_HELD_BEHIND') return false;
    if (!isRefused) throw thrown;
  }
  const { topic, partition, key } = held;
  await deadLetters.noteReleased({ topic, partition, key }, next);
  return true;
}
