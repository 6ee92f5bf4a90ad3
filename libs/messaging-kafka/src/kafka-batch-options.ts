import { HubError, type Clock, type Logger, type Metrics } from '#kernel';
import type { HeldKeys } from '#outbox';
import { laneName } from '#replay';
import type { AvroCodec } from './avro-codec.js';
import type { Handling } from './batch-processor.js';
import type { ConsumerPositions } from './consumer-positions.js';
import type { KafkaConnection } from './kafka-connection.js';
import type { KafkaTopics } from './kafka-topics.js';
import type { TopicSpec } from './topic-plan.js';

/** How the messages of a topic are handled. */
export interface BatchRoute {
  /** Its name comes from the hub file. */
  readonly topic: string;
  /** The {@link OnBatch} pattern of the handler. */
  readonly pattern: string;
  /**
   * Parts of a page that are handled side by side, by key, for handlers that wait on something slow. Default 1. With more,
   * the order within a key stays, but a handler gets no prefix of the partition: it must neither lock nor advance the
   * position, which the transport moves when the whole page is handled. After a crash the page comes again, also what was
   * handled of it; so such a handler's effects are idempotent.
   */
  readonly lanes?: number;
  /**
   * What the topic holds. `state` (default): a message replaces an earlier one of its key, also a parked one. `facts`: all
   * count, in order; what follows a parked one of its key is parked behind it until {@link releaseKey} hands it back. Needs
   * {@link KafkaBatchOptions.heldKeys}. A message without a key holds nothing up.
   */
  readonly holds?: 'state' | 'facts';
  /**
   * Pattern of the handler that gets what waited behind a parked fact, in order, one at a time, when that one was settled; it moves
   * no position, and its effects are idempotent. By default the route's own handler, where `lanes` are more than one. Without
   * one, the key stays held until the service itself calls {@link releaseKey}.
   */
  readonly released?: string;
  /** `raw`: values are not decoded, so that none is poison; `record` is null in every message. Default `decoded`. */
  readonly values?: 'decoded' | 'raw';
}

/** What a batch consumer is made of. */
export interface KafkaBatchOptions {
  readonly connection: KafkaConnection;
  readonly groupId: string;
  readonly routes: readonly BatchRoute[];
  readonly codec: AvroCodec;
  readonly deadLetterTopic: string;
  readonly positions: ConsumerPositions;
  /** Keys of facts that are held, in the service's database. */
  readonly heldKeys?: HeldKeys;
  /** Called once when consuming stopped by an error that no retry mends; the process should exit non-zero. */
  readonly onFatal: (error: HubError) => void;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
  /** Messages per call of a handler, at most; default 500. */
  readonly batchSize?: number;
  /** Bytes of messages per call of a handler, unpacked; default 1 MiB. A single message may be larger. */
  readonly batchBytes?: number;
  readonly sessionTimeoutMs?: number;
  /** Partitions handled side by side; order within a partition is always kept. */
  readonly partitionsConcurrently?: number;
  /**
   * Reads the private lane of each route's topic, too: `<prefix>lane.<group>.<topic>`, from which `plumbline replay` hands
   * messages to this group alone. A lane is created with its topic's number of partitions. Its messages come under the
   * lane's name, with `x-plumbline-origin-*` headers, to the same handler; positions are kept for the lane itself.
   */
  readonly replayLanes?: { readonly prefix: string };
  readonly maxBytesPerPartition?: number;
}

/** A route of the hub file's topics, or of a lane. */
export interface ServedRoute extends BatchRoute {
  /** Of a lane: the topic whose messages it brings. */
  readonly laneOf?: string;
}

/** What a consumer is made of, lanes included. */
export interface ServedOptions extends KafkaBatchOptions {
  readonly routes: readonly ServedRoute[];
}

/** The options with a route for each lane. @throws HubError HUB_REQUEST_INVALID where a lane can't have its name */
export function withLanes(options: KafkaBatchOptions): ServedOptions {
  const { replayLanes, routes, groupId } = options;
  if (!replayLanes) return options;
  const lanes = routes.map((route): ServedRoute => {
    return { ...route, topic: laneName(replayLanes.prefix, groupId, route.topic), laneOf: route.topic };
  });
  return { ...options, routes: [...routes, ...lanes] };
}

/** Creates the lanes that are missing. @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
export async function ensureLanes(
  { replayLanes, routes, groupId }: KafkaBatchOptions,
  topics: KafkaTopics,
): Promise<void> {
  if (!replayLanes) return;
  const known = new Set(await topics.list());
  const missing: TopicSpec[] = [];
  for (const { topic } of routes) {
    const name = laneName(replayLanes.prefix, groupId, topic);
    if (!known.has(name)) missing.push({ name, kind: 'lane', partitions: (await topics.offsets(topic)).size });
  }
  if (missing.length > 0) await topics.ensure(missing);
}

/** What a topic is consumed by, if anything. */
export function routeOf({ routes }: Pick<ServedOptions, 'routes'>, topic: string): ServedRoute | undefined {
  return routes.find((route) => route.topic === topic);
}

/** @throws HubError HUB_INVARIANT_BROKEN for a route that cannot be as it says */
export function handlingOf(options: ServedOptions, topic: string): Handling {
  const { lanes = 1, holds = 'state' } = routeOf(options, topic) ?? {};
  if (!Number.isInteger(lanes) || lanes < 1)
    throw new HubError('HUB_INVARIANT_BROKEN', 'A route has one lane or more.', { topic, lanes });
  if (holds === 'state') return { lanes, heldKeys: null };
  const { heldKeys } = options;
  if (!heldKeys) throw new HubError('HUB_INVARIANT_BROKEN', 'A route of facts needs heldKeys.', { topic });
  return { lanes, heldKeys };
}
