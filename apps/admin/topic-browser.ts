import type { TopicMessage, TopicMessages, TopicSummary } from '#contracts';
import type { HubTopic } from '#hub-file';
import { HubError, instantOfMs, toHubError, Turns } from '#kernel';
import {
  KafkaTopics,
  TopicReader,
  type AvroCodec,
  type KafkaConnection,
  type OffsetRange,
  type RawMessage,
} from '#messaging-kafka';
import type { MessagesQuery } from './requests.js';
import { planWindow, type ReadWindow } from './read-window.js';

/** What a topic browser reads with. */
export interface TopicBrowserOptions {
  readonly topics: readonly HubTopic[];
  readonly connection: KafkaConnection;
  readonly codec: AvroCodec;
}

const READ_LIMIT_MS = 20_000;

/** Reads the hub's own topics, the newest messages first. It joins no group of the hub and commits nothing. */
export class TopicBrowser {
  private readonly kafka: KafkaTopics;
  /** One read after another: a page must not crowd the brokers. */
  private readonly turns = new Turns();

  constructor(private readonly options: TopicBrowserOptions) {
    this.kafka = new KafkaTopics(options.connection);
  }

  /** @throws HubError HUB_NOT_FOUND for a topic that is not the hub's */
  get(name: string): HubTopic {
    const topic = this.options.topics.find((one) => one.name === name);
    if (!topic) throw new HubError('HUB_NOT_FOUND', `The hub has no topic "${name}".`, { topic: name });
    return topic;
  }

  list(): Promise<TopicSummary[]> {
    return Promise.all(this.options.topics.map((topic) => this.summarise(topic)));
  }

  /** @throws HubError HUB_NOT_FOUND for a topic that is not the hub's, HUB_BROKER_* */
  async read(name: string, query: MessagesQuery): Promise<TopicMessages> {
    this.get(name);
    return this.turns.take(() => this.readNow(name, query));
  }

  /** The newest messages as they are, at most `perPartition` of each partition. @throws HubError HUB_BROKER_* */
  async newest(name: string, perPartition: number): Promise<RawMessage[]> {
    const query = { limit: perPartition, kind: 'all' } as const;
    return this.turns.take(async () => this.fetch(name, planWindow(await this.kafka.offsets(name), query)));
  }

  /** End offsets by partition. @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_* */
  endOffsets(name: string): Promise<ReadonlyMap<number, bigint>> {
    return this.kafka.endOffsets(name);
  }

  close(): Promise<void> {
    return this.kafka.close();
  }

  private async summarise({ name, kind }: HubTopic): Promise<TopicSummary> {
    try {
      const offsets = [...(await this.kafka.offsets(name))].sort(([a], [b]) => a - b);
      const partitions = offsets.map(([partition, { low, high }]) => {
        return { partition, low: String(low), high: String(high) };
      });
      return { name, kind, partitions, problem: null };
    } catch (error) {
      return { name, kind, partitions: [], problem: toHubError(error).message };
    }
  }

  private async readNow(topic: string, query: MessagesQuery): Promise<TopicMessages> {
    const window = planWindow(await this.offsetsFor(topic, query.since), query);
    const raw = await this.fetch(topic, window);
    const isWanted = (message: RawMessage): boolean => isWantedBy(query, message);
    const found = raw.filter(isWanted).sort(newestFirst).slice(0, query.limit);
    await this.options.codec.prepare(found.map(({ value }) => value));
    return {
      messages: found.map((message) => this.decode(message)),
      scanned: raw.length,
      before: placesBefore(window, raw.filter(isWanted), found),
    };
  }

  /** First and end offsets; the first one is that of the time, where one is given. */
  private async offsetsFor(topic: string, since: string | undefined): Promise<ReadonlyMap<number, OffsetRange>> {
    const ranges = await this.kafka.offsets(topic);
    if (since === undefined) return ranges;
    const begins = await this.kafka.offsetsAt(topic, Date.parse(since));
    return new Map(
      [...ranges].map(([partition, range]) => [partition, { ...range, low: begins.get(partition) ?? range.low }]),
    );
  }

  private async fetch(topic: string, window: ReadWindow): Promise<RawMessage[]> {
    const open = new Map([...window].filter(([, { low, high }]) => low < high));
    const messages: RawMessage[] = [];
    if (open.size === 0) return messages;
    const reader = new TopicReader(this.options.connection);
    const timer = setTimeout(() => reader.stop(), READ_LIMIT_MS);
    try {
      const from = new Map([...open].map(([partition, { low }]) => [partition, low]));
      await reader.read({
        topic,
        from,
        onPage: async (page) => {
          const end = window.get(page.partition)?.high ?? 0n;
          messages.push(...page.messages.filter(({ offset }) => offset < end));
          if (page.nextOffset >= end) open.delete(page.partition);
          if (open.size === 0) reader.stop();
        },
      });
    } finally {
      clearTimeout(timer);
      await reader.close();
    }
    if (open.size > 0) throw new HubError('HUB_BROKER_UNREACHABLE', 'The broker did not send the messages in time.');
    return messages;
  }

  private decode(message: RawMessage): TopicMessage {
    const { partition, offset, key, value, headers, timestampMs } = message;
    const head = { partition, offset: String(offset), key, headers, at: instantOfMs(timestampMs) };
    const bytes = value?.length ?? 0;
    if (value === null) return { ...head, bytes, type: null, value: null, problem: null };
    try {
      const { typeName, record } = this.options.codec.decode(value);
      return { ...head, bytes, type: typeName, value: toJson(record), problem: null };
    } catch (error) {
      return { ...head, bytes, type: null, value: null, problem: toHubError(error).message };
    }
  }
}

function isWantedBy({ key, kind, header }: MessagesQuery, message: RawMessage): boolean {
  if (key !== undefined && !message.key.includes(key)) return false;
  if (kind !== 'all' && (kind === 'tombstones') !== (message.value === null)) return false;
  return header === undefined || Object.values(message.headers).some((value) => value.includes(header));
}

function newestFirst(a: RawMessage, b: RawMessage): number {
  return b.timestampMs - a.timestampMs || a.partition - b.partition || Number(b.offset - a.offset);
}

/** Where the next, older page begins: before what is shown of a partition, else before what was looked at in vain. */
function placesBefore(
  window: ReadWindow,
  wanted: readonly RawMessage[],
  shown: readonly RawMessage[],
): Record<string, string> {
  const places: Record<string, string> = {};
  for (const [partition, { low, high, first }] of window) {
    const offsets = shown.filter((message) => message.partition === partition).map(({ offset }) => offset);
    const isCut = wanted.filter((message) => message.partition === partition).length > offsets.length;
    const lowest = offsets.reduce((least, offset) => (offset < least ? offset : least), high);
    const next = isCut ? lowest : low;
    if (next > first) places[partition] = String(next);
  }
  return places;
}

function toJson(record: unknown): unknown {
  return JSON.parse(
    JSON.stringify(record, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
}
