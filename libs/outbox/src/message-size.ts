import { HubError } from '#kernel';
import type { OutboxMessage } from './ports.js';

/** Largest message that an outbox takes; below the brokers' default limit of 1 MiB for a batch. */
export const MAX_MESSAGE_BYTES = 900 * 1024;

/** Framing of a message, and of each header, rounded up. */
const MESSAGE_FRAME_BYTES = 64;
const HEADER_FRAME_BYTES = 8;
/** UTF-8 bytes of one UTF-16 unit, at most. */
const BYTES_PER_UNIT = 3;

/** Bytes that a message takes in a request, rounded up by a constant for its framing. */
export function messageBytes({ key, value, headers }: OutboxMessage): number {
  let bytes = MESSAGE_FRAME_BYTES + Buffer.byteLength(key) + value.length;
  // `for … in`: Object.entries would cost more than all the rest of this, once or twice per message.
  for (const name in headers) bytes += HEADER_FRAME_BYTES + name.length + Buffer.byteLength(headers[name] ?? '');
  return bytes;
}

/**
 * Refuses a message that no broker would take: it must fail its writer, since the relay never skips a row.
 * @throws HubError HUB_PAYLOAD_TOO_LARGE
 */
export function assertFitsTopic(message: OutboxMessage): void {
  if (isSurelySmall(message)) return;
  const bytes = messageBytes(message);
  if (bytes <= MAX_MESSAGE_BYTES) return;
  const details = { topic: message.topic, key: message.key, payloadBytes: bytes, limitBytes: MAX_MESSAGE_BYTES };
  throw new HubError('HUB_PAYLOAD_TOO_LARGE', 'The event is larger than a topic takes.', details);
}

/** True for almost all messages, without counting the bytes of their texts; false says nothing. */
function isSurelySmall({ key, value, headers }: OutboxMessage): boolean {
  let units = key.length;
  for (const name in headers) units += HEADER_FRAME_BYTES + name.length + (headers[name] ?? '').length;
  return MESSAGE_FRAME_BYTES + value.length + units * BYTES_PER_UNIT <= MAX_MESSAGE_BYTES;
}
