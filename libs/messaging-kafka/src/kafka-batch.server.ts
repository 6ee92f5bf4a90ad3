import { HubError, systemClock, toHubError, type Clock } from '#kernel';
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { isObservable, lastValueFrom } from 'rxjs';
import type { AvroCodec } from './avro-codec.js';
import { BatchProcessor, type BatchEffects, type Handling } from './batch-processor.js';
import { BrokerOffsets } from './broker-offsets.js';
import { Positioning } from './consumer-positions.js';
import { DeadLetters } from './dead-letters.js';
import { KafkaBatchContext } from './kafka-batch-context.js';
import {
  ensureLanes,
  handlingOf,
  routeOf,
  withLanes,
  type KafkaBatchOptions,
  type ServedOptions,
} from './kafka-batch-options.js';
import { isKafkaError, toBrokerError } from './kafka-errors.js';
import { KafkaTopics } from './kafka-topics.js';
import { createBatchConsumer, readPages } from './kafkajs-consumer.js';
import { MessageWithRecord, type DecodedMessage, type RawMessage } from './messages.js';
import { KAFKA_BATCH } from './on-batch.decorator.js';
import type { Membership } from './patience.js';
import { makeRelease } from './release-held.js';

/** `failed` is final: {@link KafkaBatchOptions.onFatal} was called. */
export type ConsumerState = 'starting' | 'running' | 'rebalancing' | 'stopped' | 'failed';

/**
 * Batch transport for NestJS: handlers get pages of decoded messages of one partition, in order, at least once. Consuming
 * starts at the positions of the service's database; the broker's committed offsets only follow, for monitoring.
 */
export class KafkaBatchServer extends Server implements CustomTransportStrategy {
  override readonly transportId = KAFKA_BATCH;
  override readonly propagatesEventHandlerErrors = true;
  private readonly clock: Clock;
  private readonly topics: KafkaTopics;
  private readonly deadLetters: DeadLetters;
  private readonly processor: BatchProcessor;
  private readonly brokerOffsets: BrokerOffsets;
  private readonly ending = new AbortController();
  private consumer: Consumer | null = null;
  private currentState: ConsumerState = 'starting';

  private readonly options: ServedOptions;

  constructor(private readonly given: KafkaBatchOptions) {
    super();
    const options = (this.options = withLanes(given));
    const { connection, deadLetterTopic, groupId, logger } = options;
    this.clock = options.clock ?? systemClock;
    this.topics = new KafkaTopics(connection);
    this.deadLetters = new DeadLetters(connection, deadLetterTopic, groupId);
    this.processor = new BatchProcessor({ effects: this.effects(), clock: this.clock, logger });
    this.brokerOffsets = new BrokerOffsets({ clock: this.clock, logger, signal: this.ending.signal });
  }

  get state(): ConsumerState {
    return this.currentState;
  }

  /** Joins the group; the callback gets a HubError when Kafka is away, a topic is missing or a route has no handler. */
  async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      const topics = this.options.routes.map((route) => route.topic);
      for (const topic of topics) {
        this.routed(topic);
        handlingOf(this.options, topic);
      }
      await ensureLanes(this.given, this.topics);
      const consumer = this.makeConsumer();
      await consumer.connect();
      await consumer.subscribe({ topics, fromBeginning: true });
      await consumer.run({
        eachBatchAutoResolve: false,
        autoCommit: false, // its own waits for the broker after every batch
        partitionsConsumedConcurrently: this.options.partitionsConcurrently ?? 1,
        eachBatch: (payload) => this.onBatch(payload),
      });
      callback();
    } catch (error) {
      callback(toBrokerError(error));
    }
  }

  /** Ends after the handler calls in flight; batches not handled come again. */
  async close(): Promise<void> {
    this.ending.abort();
    await this.consumer?.stop();
    await this.consumer?.disconnect();
    await this.deadLetters.close();
    await this.topics.close();
    if (this.currentState !== 'failed') this.currentState = 'stopped';
  }

  override on(): never {
    throw new HubError('HUB_INVARIANT_BROKEN', 'KafkaBatchServer has no events to listen to.');
  }

  /** kafkajs's consumer, once listening; null before. Its batches are not kafkajs's own: nobody else should run it. */
  override unwrap<T>(): T {
    return this.consumer as T;
  }

  private makeConsumer(): Consumer {
    const { connection, groupId, sessionTimeoutMs = 10_000, positions, logger } = this.options;
    const maxBytesPerPartition = this.options.maxBytesPerPartition ?? 1024 * 1024;
    const consumer = createBatchConsumer(connection, {
      groupId,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: sessionTimeoutMs / 4,
      maxBytesPerPartition,
      maxBytes: (this.options.partitionsConcurrently ?? 1) * maxBytesPerPartition,
      maxWaitTimeInMs: 500,
    });
    const onFatal = (error: HubError): void => this.fail(error);
    const { clock, topics } = this;
    const positioning = new Positioning({
      consumer,
      topics,
      positions,
      isLane: (topic) => routeOf(this.options, topic)?.laneOf !== undefined,
      clock,
      logger,
      onFatal,
      signal: this.ending.signal,
    });
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      positioning.onJoin(payload.memberAssignment);
      this.currentState = 'running';
    });
    consumer.on(consumer.events.REBALANCING, () => void (this.currentState = 'rebalancing'));
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) this.fail(toBrokerError(payload.error, { groupId }));
    });
    this.consumer = consumer;
    return consumer;
  }

  /** Errors of kafkajs leave the batch, so that the group rejoins; every other one ends this consumer. */
  private async onBatch(payload: EachBatchPayload): Promise<void> {
    try {
      await this.handlePages(payload);
      if (this.ending.signal.aborted) await this.brokerOffsets.tell(payload);
      else this.brokerOffsets.follow(payload);
    } catch (error) {
      if (isKafkaError(error)) throw error;
      this.fail(toHubError(error));
    }
  }

  /** What is not resolved here is fetched again. */
  private async handlePages(payload: EachBatchPayload): Promise<void> {
    const { topic } = payload.batch;
    const handling = this.handlingOf(topic);
    const { batchSize: messages = 500, batchBytes: bytes = 1024 * 1024 } = this.options;
    for await (const page of readPages(payload.batch, { messages, bytes })) {
      if (this.isLeaving(payload) || !(await this.processor.process(page, this.membership(payload), handling))) return;
      payload.resolveOffset(String(page.at(-1)?.offset));
      this.options.metrics.count('plumbline_consumer_messages_total', page.length, { topic });
      await payload.heartbeat();
    }
    // Compaction may have removed the last records: without this, the same batch would be fetched again for ever.
    if (!this.isLeaving(payload)) payload.resolveOffset(payload.batch.lastOffset());
  }

  /** Of a lane of facts, letters that were settled let what waits behind them go. */
  private handlingOf(topic: string): Handling {
    const handling = handlingOf(this.options, topic);
    const route = routeOf(this.options, topic);
    const { heldKeys } = handling;
    if (!heldKeys || route?.laneOf === undefined) return handling;
    const call = (messages: readonly DecodedMessage[], pattern: string): Promise<void> => this.call(messages, pattern);
    const release = makeRelease(this.options, route, { heldKeys, deadLetters: this.deadLetters, call });
    return { ...handling, release };
  }

  private isLeaving(payload: EachBatchPayload): boolean {
    return !payload.isRunning() || payload.isStale() || this.ending.signal.aborted;
  }

  private membership(payload: EachBatchPayload): Membership {
    return {
      heartbeat: () => payload.heartbeat(),
      signal: this.ending.signal,
      heartbeatEveryMs: (this.options.sessionTimeoutMs ?? 10_000) / 4,
    };
  }

  private effects(): BatchEffects {
    const { codec, positions } = this.options;
    return {
      prepare: (messages) => codec.prepare(messages.map((message) => (this.isRaw(message) ? null : message.value))),
      decode: (message) => (this.isRaw(message) ? new MessageWithRecord(message, null) : decode(codec, message)),
      handle: (messages) => this.call(messages),
      deadLetter: (message, error, holdsKey) => this.deadLetters.write(message, error, holdsKey),
      skipTo: (topic, partition, nextOffset) => positions.skipTo({ topic, partition, nextOffset }),
    };
  }

  private isRaw({ topic }: RawMessage): boolean {
    return routeOf(this.options, topic)?.values === 'raw';
  }

  /** Nest returns a promise of an observable; a handler's error appears only when that is awaited. */
  private async call(messages: readonly DecodedMessage[], pattern?: string): Promise<void> {
    const [first] = messages;
    if (!first) return;
    const routeTopic = routeOf(this.options, first.topic)?.laneOf ?? first.topic;
    const context = new KafkaBatchContext([first.topic, first.partition, this.ending.signal, routeTopic]);
    const result: unknown = await this.routed(first.topic, pattern)(messages, context);
    if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  }

  private routed(topic: string, other?: string): MessageHandler {
    const pattern = other ?? routeOf(this.options, topic)?.pattern ?? '';
    const handler = this.messageHandlers.get(pattern);
    if (!handler)
      throw new HubError('HUB_INVARIANT_BROKEN', 'No @OnBatch handler for this pattern.', { topic, pattern });
    return handler;
  }

  /** Stops consuming for good and says why, once. `stop` waits for the batch in flight, so it is not awaited here. */
  private fail(error: HubError): void {
    if (this.currentState === 'failed') return;
    this.currentState = 'failed';
    this.ending.abort();
    const { logger, onFatal } = this.options;
    logger.error({ code: error.code, reason: error.message }, 'consumer stopped');
    const stopping = this.consumer?.stop() ?? Promise.resolve();
    stopping.catch((cause: unknown) =>
      logger.warn({ code: toBrokerError(cause).code }, 'consumer not stopped cleanly'),
    );
    onFatal(error);
  }
}

function decode(codec: AvroCodec, message: RawMessage): DecodedMessage {
  return new MessageWithRecord(message, message.value && codec.decode(message.value));
}
