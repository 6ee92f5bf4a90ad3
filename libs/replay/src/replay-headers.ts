import type { ReplayDestination, ReplayMessage, ReplayRecord } from './replay-ports.js';

/** Headers that a replayed message has on top of its own, so that consumers can mute side effects and see repeats. */
export const REPLAY_HEADERS = {
  id: 'x-plumbline-replay-id',
  topic: 'x-plumbline-origin-topic',
  partition: 'x-plumbline-origin-partition',
  offset: 'x-plumbline-origin-offset',
  timestamp: 'x-plumbline-origin-timestamp',
} as const;

/** The message as it goes to the target; key, value and its other headers stay. */
export function toReplayRecord(
  message: ReplayMessage,
  {
    id,
    source,
    destination,
  }: { readonly id: string; readonly source: string; readonly destination: ReplayDestination },
): ReplayRecord {
  const { partition, offset, key, value, headers, timestampMs } = message;
  return {
    partition: destination.keepsPartitions ? partition : null,
    key,
    value,
    headers: {
      ...headers,
      [REPLAY_HEADERS.id]: id,
      [REPLAY_HEADERS.topic]: source,
      [REPLAY_HEADERS.partition]: String(partition),
      [REPLAY_HEADERS.offset]: String(offset),
      [REPLAY_HEADERS.timestamp]: String(timestampMs),
    },
  };
}
