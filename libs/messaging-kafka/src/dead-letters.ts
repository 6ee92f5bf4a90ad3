import { HubError } from '#kernel';
import { encodeHeaders } from '#outbox';
import { MAX_VALUE_BYTES } from './avro-codec.js';
import type { KafkaConnection } from './kafka-connection.js';
import type { TopicRecord } from './leader-requests.js';
import type { RawMessage } from './messages.js';
import { RecordProducer } from './record-producer.js';

/** Header names of a dead letter: where it came from and why it is here. */
export const DEAD_LETTER_HEADERS = {
  code: 'x-plumbline-error-code',
  message: 'x-plumbline-error-message',
  consumer: 'x-plumbline-consumer',
  topic: 'x-plumbline-origin-topic',
  partition: 'x-plumbline-origin-partition',
  offset: 'x-plumbline-origin-offset',
  timestamp: 'x-plumbline-origin-timestamp',
  /** Offset of the parked message that this one waits behind, in the same partition; only for HUB_HELD_BEHIND. */
  heldBehind: 'x-plumbline-held-behind-offset',
  /** On the letter of a message that holds its key. */
  holdsKey: 'x-plumbline-holds-key',
  /** On what is no letter: what waited of this key was handed back up to, without, this offset. */
  releasedBefore: 'x-plumbline-released-before-offset',
  /** Bytes of a value that this topic cannot take: the letter has none, the message is where it came from. */
  leftBytes: 'x-plumbline-left-at-origin-bytes',
} as const;

const MAX_REASON_CHARACTERS = 500;
const MAX_KEY_CHARACTERS = 1_000;

/**
 * The message that a dead letter holds, as it lay in its topic.
 * @throws HubError HUB_PAYLOAD_TOO_LARGE when its value was left there; HUB_PAYLOAD_INVALID when it is no letter of ours
 */
export function toParked(letter: RawMessage): RawMessage {
  const own = new Set<string>(Object.values(DEAD_LETTER_HEADERS));
  const headers = Object.fromEntries(Object.entries(letter.headers).filter(([name]) => !own.has(name)));
  const { topic, partition, offset, timestamp, leftBytes } = DEAD_LETTER_HEADERS;
  const origin = { topic: letter.headers[topic] ?? '', partition: numberIn(letter, partition) };
  if (letter.headers[leftBytes] !== undefined) {
    const message = 'The value of this dead letter was left where it came from.';
    throw new HubError('HUB_PAYLOAD_TOO_LARGE', message, { ...origin, offset: numberIn(letter, offset) });
  }
  const { key, value } = letter;
  const at = { offset: BigInt(numberIn(letter, offset)), timestampMs: numberIn(letter, timestamp) };
  return { ...origin, ...at, key, value, headers };
}

function numberIn({ headers, offset: at }: RawMessage, name: string): number {
  const number = Number(headers[name] ?? Number.NaN);
  if (Number.isSafeInteger(number)) return number;
  throw new HubError('HUB_PAYLOAD_INVALID', 'A dead letter does not say where it comes from.', { name, at });
}

/**
 * Writes poison messages, unchanged, to a consumer's dead-letter topic. One that is larger than this topic takes (it came
 * in a compressed batch, or our headers were too much) becomes a letter without value that says where the message is.
 */
export class DeadLetters {
  private readonly producer: RecordProducer;

  constructor(
    connection: KafkaConnection,
    private readonly topic: string,
    private readonly consumer: string,
  ) {
    this.producer = new RecordProducer(connection);
  }

  /** At least once: a crash before the position moved on repeats it. @throws HubError HUB_BROKER_*, HUB_TOPIC_MISSING */
  async write(message: RawMessage, error: HubError, holdsKey = false): Promise<void> {
    const facts = { ...this.factsOf(message, error), ...(holdsKey && { [DEAD_LETTER_HEADERS.holdsKey]: 'true' }) };
    const { key, value } = message;
    if ((value?.length ?? 0) <= MAX_VALUE_BYTES) {
      const headers = encodeHeaders({ ...message.headers, ...facts });
      const isWritten = await this.tryToSend({ topic: this.topic, key, value, headers });
      if (isWritten) return;
    }
    const headers = encodeHeaders({ ...facts, [DEAD_LETTER_HEADERS.leftBytes]: String(value?.length ?? 0) });
    const shortKey = key.slice(0, MAX_KEY_CHARACTERS);
    await this.producer.send([{ topic: this.topic, key: shortKey, value: null, headers }]);
  }

  /** Notes for the index of letters that what waited of a key was handed back. @throws HubError HUB_BROKER_*, HUB_TOPIC_MISSING */
  async noteReleased(place: Pick<RawMessage, 'topic' | 'partition' | 'key'>, before: bigint): Promise<void> {
    const headers = encodeHeaders({
      [DEAD_LETTER_HEADERS.consumer]: this.consumer,
      [DEAD_LETTER_HEADERS.topic]: place.topic,
      [DEAD_LETTER_HEADERS.partition]: String(place.partition),
      [DEAD_LETTER_HEADERS.releasedBefore]: String(before),
    });
    await this.producer.send([{ topic: this.topic, key: place.key, value: null, headers }]);
  }

  close(): Promise<void> {
    return this.producer.close();
  }

  /** False when the message is larger than the topic takes. */
  private async tryToSend(record: TopicRecord): Promise<boolean> {
    try {
      await this.producer.send([record]);
      return true;
    } catch (error) {
      if (error instanceof HubError && error.code === 'HUB_PAYLOAD_TOO_LARGE') return false;
      throw error;
    }
  }

  private factsOf(message: RawMessage, error: HubError): Record<string, string> {
    return {
      [DEAD_LETTER_HEADERS.code]: error.code,
      [DEAD_LETTER_HEADERS.message]: error.message.slice(0, MAX_REASON_CHARACTERS),
      [DEAD_LETTER_HEADERS.consumer]: this.consumer,
      [DEAD_LETTER_HEADERS.topic]: message.topic,
      [DEAD_LETTER_HEADERS.partition]: String(message.partition),
      [DEAD_LETTER_HEADERS.offset]: String(message.offset),
      [DEAD_LETTER_HEADERS.timestamp]: String(message.timestampMs),
      ...(error.code === 'HUB_HELD_BEHIND' && {
        [DEAD_LETTER_HEADERS.heldBehind]: String(error.details['firstOffset']),
      }),
    };
  }
}
