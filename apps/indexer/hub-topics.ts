import { kindOfTopic } from '#contracts';
import { HubError, instantOfMs, type Clock, type Instant, type Logger } from '#kernel';
import type { KafkaTopics, OffsetRange } from '#messaging-kafka';
import type { RecordIndexStore } from '#record-index';

/** First and end offsets of the partitions of each topic. */
export type TopicBounds = ReadonlyMap<string, ReadonlyMap<number, OffsetRange>>;

/** What is needed to look at the topics. */
export interface HubTopicsOptions {
  readonly topics: Pick<KafkaTopics, 'list' | 'offsets'>;
  readonly store: RecordIndexStore;
  readonly prefix: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A topic that was missing so often in a row is gone: one broker may know of a topic later than another. */
const MISSING_TIMES = 3;
/** Greater than any offset. */
const NO_END = 2n ** 63n - 1n;

/** The hub's topics as the broker has them, and what the index has to do about them. */
export class HubTopics {
  private readonly missing = new Map<string, number>();
  private bounds: TopicBounds = new Map();
  private seenAtMs = 0;

  constructor(private readonly options: HubTopicsOptions) {}

  /** As they were at {@link seenAt}. */
  get current(): TopicBounds {
    return this.bounds;
  }

  /** Whether the broker was ever asked. */
  get isKnown(): boolean {
    return this.seenAtMs > 0;
  }

  get seenAt(): Instant {
    return instantOfMs(this.seenAtMs);
  }

  /**
   * Looks at the topics; notes what the broker has removed, and forgets topics that are gone.
   * @returns their names, sorted
   */
  async look(): Promise<readonly string[]> {
    const { store } = this.options;
    const names = await this.refresh();
    for (const [topic, ranges] of this.bounds)
      for (const [partition, { low }] of ranges) if (low > 0n) await store.raiseLow(topic, partition, low);
    await this.forgetMissing(new Set(names));
    return names;
  }

  /** Makes every partition's position one that can be read from. Nobody of this process may read meanwhile. */
  async takeUp(): Promise<void> {
    const { store, logger } = this.options;
    // Read before the ends: a position beyond one that was told later can't come from another process that reads on.
    const positions = await store.findPositions();
    const known = new Map(positions.map(({ topic, partition, nextOffset }) => [`${topic}/${partition}`, nextOffset]));
    await this.readBounds([...this.bounds.keys()]);
    for (const [topic, ranges] of this.bounds)
      for (const [partition, { low, high }] of ranges) {
        const position = known.get(`${topic}/${partition}`) ?? 0n;
        const choice = await store.takeUp(topic, partition, { low, high: position > high ? high : NO_END });
        if (choice !== 'go-on')
          logger.info({ topic, partition, choice, position: String(position) }, 'partition taken up');
      }
  }

  /** Asks for topics and ends alone. @returns the topics' names, sorted. @throws HubError HUB_BROKER_* */
  async refresh(): Promise<readonly string[]> {
    const { topics, prefix } = this.options;
    const names = (await topics.list()).filter((name) => kindOfTopic(prefix, name) !== null).sort();
    await this.readBounds(names);
    return names;
  }

  private async readBounds(names: readonly string[]): Promise<void> {
    const { clock } = this.options;
    const nowMs = clock.nowMs();
    const found = await Promise.all(names.map(async (name) => [name, await this.findOffsets(name)] as const));
    this.bounds = new Map(found.flatMap(([name, offsets]) => (offsets ? [[name, offsets] as const] : [])));
    this.seenAtMs = nowMs;
  }

  /** Null for a topic that was deleted since it was named. */
  private async findOffsets(name: string): Promise<ReadonlyMap<number, OffsetRange> | null> {
    try {
      return await this.options.topics.offsets(name);
    } catch (error) {
      if (error instanceof HubError && error.code === 'HUB_TOPIC_MISSING') return null;
      throw error;
    }
  }

  private async forgetMissing(present: ReadonlySet<string>): Promise<void> {
    const { store, logger } = this.options;
    const indexed = new Set((await store.findPositions()).map(({ topic }) => topic));
    for (const topic of this.missing.keys()) if (present.has(topic) || !indexed.has(topic)) this.missing.delete(topic);
    for (const topic of indexed) {
      if (present.has(topic)) continue;
      const times = (this.missing.get(topic) ?? 0) + 1;
      this.missing.set(topic, times);
      if (times < MISSING_TIMES) continue;
      await store.forgetTopic(topic);
      logger.info({ topic }, 'topic is gone: forgotten');
    }
  }
}
