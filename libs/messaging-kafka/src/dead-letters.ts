import type { HubError } from '#kernel';
import { encodeHeaders } from '#outbox';
import type { KafkaConnection } from './kafka-connection.js';
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
} as const;

const MAX_REASON_CHARACTERS = 500;

/** Writes poison messages, unchanged, to a consumer's dead-letter topic. */
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
  async write(message: RawMessage, error: HubError): Promise<void> {
    const headers = {
      ...message.headers,
      [DEAD_LETTER_HEADERS.code]: error.code,
      [DEAD_LETTER_HEADERS.message]: error.message.slice(0, MAX_REASON_CHARACTERS),
      [DEAD_LETTER_HEADERS.consumer]: this.consumer,
      [DEAD_LETTER_HEADERS.topic]: message.topic,
      [DEAD_LETTER_HEADERS.partition]: String(message.partition),
      [DEAD_LETTER_HEADERS.offset]: String(message.offset),
      [DEAD_LETTER_HEADERS.timestamp]: String(message.timestampMs),
    };
    const { key, value } = message;
    await this.producer.send([{ topic: this.topic, key, value, headers: encodeHeaders(headers) }]);
  }

  close(): Promise<void> {
    return this.producer.close();
  }
}
