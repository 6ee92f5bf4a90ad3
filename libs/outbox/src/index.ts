export type { HeldKey, HeldKeys } from './held-keys.js';
export { decodeHeaders, encodeHeaders, type EncodedHeaders, type MessageHeaders } from './message-headers.js';
export { assertFitsTopic, MAX_MESSAGE_BYTES, messageBytes, PAGE_BYTES } from './message-size.js';
export { OutboxRelay, type OutboxRelayOptions, type RelayState } from './outbox-relay.js';
export type {
  AppliedOffset,
  AppliedOffsets,
  Backlog,
  EventPublisher,
  OutboxAppender,
  OutboxMessage,
  OutboxRow,
  OutboxStore,
  ParkCause,
  ParkedKey,
  ParkedKeys,
  ParkedRow,
  ShardLease,
} from './ports.js';
export { ReadBack, type ReadBackOptions } from './read-back.js';
export type {
  CurrentRows,
  EventPlace,
  ReadBackPositions,
  TailMessage,
  TailPage,
  TopicTail,
} from './read-back.ports.js';
export { shardOf } from './shard.js';
export { startReadBack, type ReadBackTopic, type StartReadBackOptions } from './start-read-back.js';
export { startRelay, WOKEN_POLL_MS, type StartRelayOptions } from './start-relay.js';
