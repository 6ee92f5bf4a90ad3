import { randomUUID } from 'node:crypto';
import { toHubError, type HubError } from '#kernel';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { createKafka, type KafkaConnection } from './kafka-connection.js';
import { isKafkaError, toBrokerError } from './kafka-errors.js';
import { KafkaTopics, type OffsetRange } from './kafka-topics.js';
import { createBatchConsumer, readPages, type PageLimits } from './kafkajs-consumer.js';
import type { RawMessage } from './messages.js';

/** One partition is read at a time. */
const PAGE_BYTES = 1024 * 1024;

/** A run of messages of one partition. */
export interface TopicPage {
  readonly partition: number;
  /** None where compaction removed all that the broker had there. */
  readonly messages: readonly RawMessage[];
  /** Where reading goes on; also past offsets that compaction removed. */
  readonly nextOffset: bigint;
}

/** What to read. */
export interface ReadOptions {
  readonly topic: string;
  /** First offset by partition; partitions that are not named are not read. */
  readonly from: ReadonlyMap<number, bigint>;
  /** Where a partition is fetched no further; what lies behind it may still be handed over once. */
  readonly until?: ReadonlyMap<number, bigint>;
  /** Gets one page after another; the next is fetched when it resolved. */
  readonly onPage: (page: TopicPage) => Promise<void>;
  /** Messages per page, default 500; a page also ends with the message that fills {@link ReadOptions.pageBytes}. */
  readonly pageSize?: number;
  /** Bytes that are fetched at once, and of a page; default a megabyte. */
  readonly pageBytes?: number;
}

/** Reads partitions from given offsets, for tools and seeds: its consumer group lives only as long as the read. */
export class TopicReader {
  private readonly topics: KafkaTopics;
  private stopReading: (() => void) | null = null;

  /** @param maxWaitMs how long a broker that has nothing new keeps a question; what is new it answers at once */
  constructor(
    private readonly connection: KafkaConnection,
    private readonly maxWaitMs = 200,
  ) {
    this.topics = new KafkaTopics(connection);
  }

  /** First and end offsets by partition. @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
  offsets(topic: string): Promise<ReadonlyMap<number, OffsetRange>> {
    return this.topics.offsets(topic);
  }

  /** End offsets by partition. @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
  endOffsets(topic: string): Promise<Map<number, bigint>> {
    return this.topics.endOffsets(topic);
  }

  /**
   * Resolves after {@link stop} was called (also from within `onPage`) and the page in flight ended.
   * @throws HubError what `onPage` threw, or HUB_BROKER_*, HUB_TOPIC_MISSING
   */
  async read(options: ReadOptions): Promise<void> {
    const groupId = `plumbline-reader-${randomUUID()}`;
    const consumer = createBatchConsumer(this.connection, {
      groupId,
      maxBytesPerPartition: options.pageBytes ?? PAGE_BYTES,
      maxBytes: options.pageBytes ?? PAGE_BYTES,
      maxWaitTimeInMs: this.maxWaitMs,
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topic: options.topic, fromBeginning: true });
      await this.untilStopped(consumer, options);
    } catch (error) {
      throw toBrokerError(error, { topic: options.topic });
    } finally {
      await consumer.disconnect();
    }
    await this.removeGroup(groupId);
  }

  /**
   * As {@link read}, up to the ends that the partitions have at the call; partitions that are not named begin at their
   * first offset. @returns those ends
   */
  async readToEnd({ topic, from, onPage }: ReadOptions): Promise<ReadonlyMap<number, bigint>> {
    const offsets = await this.offsets(topic);
    const open = new Map<number, bigint>();
    const starts = new Map<number, bigint>();
    for (const [partition, { low: first, high: end }] of offsets) {
      const wanted = from.get(partition) ?? first;
      const start = wanted < first ? first : wanted;
      if (start >= end) continue;
      starts.set(partition, start);
      open.set(partition, end);
    }
    const take = async (page: TopicPage): Promise<void> => {
      await onPage(page);
      if (page.nextOffset >= (open.get(page.partition) ?? 0n)) open.delete(page.partition);
      if (open.size === 0) this.stop();
    };
    if (open.size > 0) await this.read({ topic, from: starts, onPage: take });
    return new Map([...offsets].map(([partition, { high }]) => [partition, high]));
  }

  /** Ends the read. */
  stop(): void {
    this.stopReading?.();
  }

  async close(): Promise<void> {
    this.stop();
    await this.topics.close();
  }

  private async untilStopped(consumer: Consumer, options: ReadOptions): Promise<void> {
    let failure: HubError | null = null;
    const stopped = new Promise<void>((resolve) => (this.stopReading = resolve));
    const fail = (error: HubError): void => {
      failure ??= error;
      this.stop();
    };
    let isStopping = false;
    void stopped.then(() => (isStopping = true));
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      seekAll(consumer, options, payload.memberAssignment[options.topic] ?? []);
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      if (!payload.restart) fail(toBrokerError(payload.error));
    });
    const eachBatch = (payload: EachBatchPayload): Promise<void> => deliver(payload, options, () => isStopping, fail);
    await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch });
    await stopped;
    await consumer.stop();
    if (failure) throw failure as HubError;
  }

  /** Best effort: an empty group expires by itself. */
  private async removeGroup(groupId: string): Promise<void> {
    const admin = createKafka(this.connection).admin();
    try {
      await admin.connect();
      await admin.deleteGroups([groupId]);
    } catch (error) {
      this.connection.logger?.debug({ code: toBrokerError(error).code, groupId }, 'reader group not removed');
    } finally {
      await admin.disconnect();
    }
  }
}

/** Runs synchronously when the group is joined, before the first fetch. */
function seekAll(consumer: Consumer, options: ReadOptions, assigned: readonly number[]): void {
  const { topic, from } = options;
  for (const partition of assigned) {
    const offset = from.get(partition);
    if (offset === undefined) consumer.pause([{ topic, partitions: [partition] }]);
    else consumer.seek({ topic, partition, offset: offset.toString() });
  }
}

async function deliver(
  payload: EachBatchPayload,
  options: ReadOptions,
  isStopping: () => boolean,
  fail: (error: HubError) => void,
): Promise<void> {
  const { batch } = payload;
  const { partition } = batch;
  const isLeaving = (): boolean => isStopping() || !payload.isRunning() || payload.isStale();
  const limits = limitsOf(options);
  const end = BigInt(batch.lastOffset()) + 1n;
  let nextOffset = 0n;
  try {
    for await (const messages of readPages(batch, limits)) {
      if (isLeaving()) return;
      nextOffset = (messages.at(-1)?.offset ?? -1n) + 1n;
      await deliverPage(payload, options, { partition, messages, nextOffset });
    }
    if (nextOffset >= end || isLeaving()) return;
    await options.onPage({ partition, messages: [], nextOffset: end });
    payload.resolveOffset(batch.lastOffset());
  } catch (error) {
    if (isKafkaError(error)) throw error;
    fail(toHubError(error));
  }
}

function limitsOf({ pageSize = 500, pageBytes = PAGE_BYTES }: ReadOptions): PageLimits {
  return { messages: pageSize, bytes: pageBytes };
}

async function deliverPage(payload: EachBatchPayload, options: ReadOptions, page: TopicPage): Promise<void> {
  const { partition, nextOffset } = page;
  await options.onPage(page);
  payload.resolveOffset(String(nextOffset - 1n));
  await payload.heartbeat();
  if (nextOffset >= (options.until?.get(partition) ?? nextOffset + 1n)) payload.pause();
}
