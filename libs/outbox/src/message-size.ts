import { HubError } from '#kernel';
import type { OutboxMessage } from './ports.js';

/** Largest message that an outbox takes; below the brokers' default limit of 1 MiB for a batch. */
export const MAX_MESSAGE_BYTES = 900 * 1024;

/** Bytes of the rows that a relay reads at once, and has of each of its pages; a page of one row may be larger. */
export const PAGE_BYTES = 2 * 1024 * 1024;

/** Bytes that a message takes in a request, rounded up by a constant for its framing. */
export function messageBytes(message: OutboxMessage): number {
  return 64 + Buffer.byteLength(message.key) + message.value.length + message.headers.length;
}

/**
 * Refuses a message that no broker would take: it must fail its writer, since the relay never skips a row.
 * @throws HubError HUB_PAYLOAD_TOO_LARGE
 */
export function assertFitsTopic(message: OutboxMessage): void {
  const bytes = messageBytes(message);
  if (bytes <= MAX_MESSAGE_BYTES) return;
  const details = { topics: message.topics, key: message.key, payloadBytes: bytes, limitBytes: MAX_MESSAGE_BYTES };
  throw new HubError('HUB_PAYLOAD_TOO_LARGE', 'The event is larger than a topic takes.', details);
}
