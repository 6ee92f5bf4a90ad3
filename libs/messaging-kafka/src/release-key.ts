import { HubError, systemClock, toHubError, type Clock } from '#kernel';
import type { HeldKeys } from '#outbox';
import type { AvroCodec } from './avro-codec.js';
import { DEAD_LETTER_HEADERS, toParked } from './dead-letters.js';
import type { KafkaConnection } from './kafka-connection.js';
import { MessageWithRecord, type DecodedMessage, type RawMessage } from './messages.js';
import { TopicReader } from './topic-reader.js';

/** A key that is held, as its consumer sees it. */
export interface WaitingKey {
  readonly topic: string;
  readonly key: string;
}

/** What a release needs: the consumer's settings, and where the messages go. */
export interface ReleaseOptions {
  readonly connection: KafkaConnection;
  readonly codec: AvroCodec;
  readonly groupId: string;
  readonly deadLetterTopic: string;
  readonly heldKeys: HeldKeys;
  /** Gets what waited, in order, in pages: as the consumer's handler, but it moves no position. Its effects are idempotent. */
  readonly handle: (messages: readonly DecodedMessage[]) => Promise<void>;
  /**
   * Told of what waited and can't be handled, before its error is thrown. With it, what waits is handed back one by one, so that
   * it is known which one that is.
   */
  readonly refuse?: (message: RawMessage, error: HubError) => Promise<void>;
  /** Whether the first one is handed back, too (default), or is given up. */
  readonly withFirst?: boolean;
  /** How long to wait for a message that is noted as waiting and not yet in the dead-letter topic. Default 30,000. */
  readonly timeoutMs?: number;
  readonly clock?: Clock;
}

const PAGE_SIZE = 500;
const POLL_MS = 200;

/**
 * Hands back what waits behind a parked message, in order, and lets the key go: the consumer may run meanwhile, and its next
 * message of the key is handled after all that waited. Nothing happens to a key that is not held. After an error the key
 * is still held, and a new release begins with the first message again.
 * @returns how many messages were handed back
 * @throws HubError what `handle` threw; park for one that cannot be decoded; HUB_HELD_BEHIND (retry) when a noted message
 *   does not come: start the consumer; HUB_BROKER_*, HUB_DATABASE_*, HUB_REGISTRY_UNREACHABLE
 */
export async function releaseKey(options: ReleaseOptions, waiting: WaitingKey): Promise<number> {
  const { heldKeys, withFirst = true } = options;
  const held = (await heldKeys.findHeld(waiting.topic, [waiting.key])).get(waiting.key);
  if (!held) return 0;
  const letters = new LettersOfKey(options, waiting);
  try {
    return await handBack(options, letters, withFirst ? held.firstOffset : held.firstOffset + 1n);
  } finally {
    await letters.close();
  }
}

/** Until none waits behind what was handed back: the consumer goes on parking until the key is let go. */
async function handBack(options: ReleaseOptions, letters: LettersOfKey, first: bigint): Promise<number> {
  const { heldKeys, timeoutMs = 30_000, clock = systemClock } = options;
  const { topic, key } = letters.wanted;
  const endsAtMs = clock.nowMs() + timeoutMs;
  let next = first;
  for (let handed = 0; ; await clock.sleep(POLL_MS)) {
    const waiting = await letters.readFrom(next);
    await handOver(options, waiting);
    handed += waiting.length;
    next = (waiting.at(-1)?.offset ?? next - 1n) + 1n;
    if (await heldKeys.release(topic, key, next - 1n)) return handed;
    if (clock.nowMs() > endsAtMs) throw missing({ topic, key }, next);
  }
}

async function handOver(options: ReleaseOptions, waiting: readonly RawMessage[]): Promise<void> {
  const { codec, refuse } = options;
  const size = refuse ? 1 : PAGE_SIZE;
  for (let from = 0; from < waiting.length; from += size) {
    const page = waiting.slice(from, from + size);
    await codec.prepare(page.map((message) => message.value));
    await handPage(options, page);
  }
}

async function handPage({ codec, handle, refuse }: ReleaseOptions, page: readonly RawMessage[]): Promise<void> {
  try {
    await handle(page.map((message) => new MessageWithRecord(message, message.value && codec.decode(message.value))));
  } catch (thrown) {
    const error = toHubError(thrown);
    if (refuse && page[0] && error.disposition === 'park') await refuse(page[0], error);
    throw error;
  }
}

/** The dead letters of one key; what was written twice counts once. */
class LettersOfKey {
  private readonly reader: TopicReader;
  private next: ReadonlyMap<number, bigint> = new Map();

  constructor(
    private readonly options: ReleaseOptions,
    readonly wanted: WaitingKey,
  ) {
    this.reader = new TopicReader(options.connection);
  }

  /** What came since the last call and was at this offset of its topic or behind it, in order. */
  async readFrom(first: bigint): Promise<RawMessage[]> {
    const { deadLetterTopic: topic } = this.options;
    const found = new Map<bigint, RawMessage>();
    const onPage = async ({ messages }: { readonly messages: readonly RawMessage[] }): Promise<void> => {
      for (const letter of messages) {
        const parked = this.isWanted(letter) ? toParked(letter) : null;
        if (parked && parked.offset >= first) found.set(parked.offset, parked);
      }
    };
    this.next = await this.reader.readToEnd({ topic, from: this.next, onPage });
    return [...found.values()].sort((a, b) => (a.offset < b.offset ? -1 : 1));
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private isWanted({ key, headers }: RawMessage): boolean {
    const { consumer, topic } = DEAD_LETTER_HEADERS;
    if (headers[DEAD_LETTER_HEADERS.releasedBefore] !== undefined) return false;
    if (headers[consumer] !== this.options.groupId || headers[topic] !== this.wanted.topic) return false;
    return key === this.wanted.key;
  }
}

function missing({ topic, key }: WaitingKey, from: bigint): HubError {
  const message = 'A message is noted as waiting and is not in the dead-letter topic yet: is the consumer running?';
  return new HubError('HUB_HELD_BEHIND', message, { topic, key, from }, { disposition: 'retry' });
}
