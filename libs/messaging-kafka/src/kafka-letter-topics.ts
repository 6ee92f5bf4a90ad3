import { toHubError } from '#kernel';
import {
  placeName,
  RETRY_HEADER,
  type LetterPage,
  type LetterTopics,
  type MessagePlace,
  type NewLetter,
  type ReleasedKey,
  type ReplayMessage,
} from '#replay';
import { DEAD_LETTER_HEADERS, toParked } from './dead-letters.js';
import type { KafkaConnection } from './kafka-connection.js';
import { KafkaReplaySource } from './kafka-replay-source.js';
import { KafkaTopics } from './kafka-topics.js';
import type { RawMessage } from './messages.js';
import { TopicReader } from './topic-reader.js';

/** Dead-letter topics of Kafka. What is in them and is no letter of ours is passed over. */
export class KafkaLetterTopics implements LetterTopics {
  constructor(private readonly connection: KafkaConnection) {}

  async names(prefix: string): Promise<readonly string[]> {
    const topics = new KafkaTopics(this.connection);
    try {
      return (await topics.list()).filter((name) => name.startsWith(prefix) && name.endsWith('.dead-letter.v1'));
    } finally {
      await topics.close();
    }
  }

  async readNew(
    topic: string,
    from: ReadonlyMap<number, bigint>,
    onPage: (page: LetterPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const reader = new TopicReader(this.connection);
    const stop = (): void => reader.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      await reader.readToEnd({
        ...{ topic, from, pageSize: 1_000 },
        onPage: ({ partition, messages, nextOffset }) =>
          onPage({
            ...{ topic, partition, nextOffset, letters: messages.flatMap((message) => toLetter(message) ?? []) },
            released: messages.flatMap((message) => toReleased(message) ?? []),
          }),
      });
    } catch (error) {
      // a consumer that never parked anything may have no such topic yet
      if (toHubError(error).code !== 'HUB_TOPIC_MISSING') throw error;
    } finally {
      signal.removeEventListener('abort', stop);
      await reader.close();
    }
  }

  async fetch(
    topic: string,
    places: readonly MessagePlace[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, ReplayMessage>> {
    const wanted = new Set(places.map(placeName));
    const found = new Map<string, ReplayMessage>();
    const source = new KafkaReplaySource(this.connection, topic);
    try {
      const onPage = async ({ messages }: { readonly messages: readonly ReplayMessage[] }): Promise<void> => {
        for (const message of messages)
          if (wanted.has(placeName(message))) found.set(placeName(message), toMessage(topic, message));
      };
      await source.read(windowsOf(places, await source.offsets()), onPage, signal);
      return found;
    } finally {
      await source.close();
    }
  }
}

/** The message that was parked, at the letter's place; of a letter that holds none, the letter. */
function toMessage(
  topic: string,
  { partition, offset, key, value, headers, timestampMs }: ReplayMessage,
): ReplayMessage {
  const letter = { topic, partition, offset, key, value, headers, timestampMs };
  if (headers[DEAD_LETTER_HEADERS.leftBytes] !== undefined) return letter;
  const parked = toParked(letter);
  return { ...letter, headers: parked.headers, timestampMs: parked.timestampMs };
}

/** From the first to the last place of each partition, as far as the topic still has them. */
function windowsOf(
  places: readonly MessagePlace[],
  ranges: ReadonlyMap<number, { readonly low: bigint; readonly high: bigint }>,
): { readonly partition: number; readonly fromOffset: bigint; readonly untilOffset: bigint }[] {
  return [...ranges].flatMap(([partition, { low, high }]) => {
    const offsets = places.filter((place) => place.partition === partition).map(({ offset }) => offset);
    const inside = offsets.filter((offset) => offset >= low && offset < high).sort((a, b) => (a < b ? -1 : 1));
    const [first, last] = [inside[0], inside.at(-1)];
    if (first === undefined || last === undefined) return [];
    return [{ partition, fromOffset: first, untilOffset: last + 1n }];
  });
}

function toLetter({ topic, partition, offset, key, headers, timestampMs: parkedAtMs }: RawMessage): NewLetter | null {
  const names = DEAD_LETTER_HEADERS;
  const consumer = headers[names.consumer];
  const origin = { topic: headers[names.topic], partition: headers[names.partition], offset: headers[names.offset] };
  if (!consumer || !origin.topic || !isNumber(origin.partition) || !isNumber(origin.offset)) return null;
  const heldBehind = headers[names.heldBehind];
  return {
    place: { topic, partition, offset },
    origin: { topic: origin.topic, partition: Number(origin.partition), offset: BigInt(origin.offset) },
    ...{ consumer, key, parkedAtMs, code: headers[names.code] ?? '', reason: headers[names.message] ?? '' },
    retryOf: isNumber(headers[RETRY_HEADER]) ? headers[RETRY_HEADER] : null,
    heldBehind: isNumber(heldBehind) ? BigInt(heldBehind) : null,
    hasValue: headers[names.leftBytes] === undefined,
    holdsKey: headers[names.holdsKey] === 'true',
  };
}

function toReleased({ key, headers }: RawMessage): ReleasedKey | null {
  const { consumer: name, topic: of, releasedBefore } = DEAD_LETTER_HEADERS;
  const [consumer, topic, before] = [headers[name], headers[of], headers[releasedBefore]];
  return consumer && topic && isNumber(before) ? { consumer, topic, key, before: BigInt(before) } : null;
}

function isNumber(text: string | undefined): text is string {
  return text !== undefined && /^\d{1,18}$/.test(text);
}
