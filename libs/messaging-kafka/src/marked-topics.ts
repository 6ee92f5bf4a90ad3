import { HubError, toHubError } from '#kernel';
import type { AppliedOffset } from '#outbox';
import type { AvroCodec } from './avro-codec.js';
import type { TopicPage, TopicReader } from './topic-reader.js';

/** Up to where a database is known to know a topic; kept in that database. */
export interface TopicMarks {
  find(topic: string, partition: number): Promise<bigint | null>;
  advance(offset: AppliedOffset): Promise<void>;
}

/** Topics read from the positions that a database keeps. */
export class MarkedTopics {
  private readonly marked = new Map<string, bigint>();

  constructor(
    private readonly reader: Pick<TopicReader, 'endOffsets' | 'readToEnd'>,
    private readonly codec: Pick<AvroCodec, 'prepare'>,
    private readonly marks: TopicMarks,
  ) {}

  /**
   * Remembers that the database knows everything on these topics.
   * @throws HubError HUB_DATABASE_OLD when the database lost a mark since: it was restored under the running process;
   *   HUB_TOPIC_MISSING, HUB_BROKER_*, HUB_DATABASE_*
   */
  async mark(topics: readonly string[]): Promise<void> {
    for (const topic of topics)
      for (const [partition, end] of await this.reader.endOffsets(topic))
        await this.advance({ topic, partition, nextOffset: end });
  }

  private async advance(mark: AppliedOffset): Promise<void> {
    const { topic, partition, nextOffset } = mark;
    const id = `${topic}/${partition}`;
    const known = (await this.marks.find(topic, partition)) ?? 0n;
    if (known < (this.marked.get(id) ?? 0n))
      throw new HubError('HUB_DATABASE_OLD', 'The database went back in time while this process ran.', {
        topic,
        partition,
      });
    await this.marks.advance(mark);
    this.marked.set(id, nextOffset);
  }

  /**
   * Hands over what lies on a topic since its marks, page by page, ready to be decoded; without tombstones. In the order
   * of each partition. @throws HubError HUB_TOPIC_MISSING, HUB_BROKER_*, HUB_REGISTRY_*, and what `take` throws
   */
  async read(topic: string, take: (values: readonly Buffer[]) => void | Promise<void>): Promise<void> {
    const from = new Map<number, bigint>();
    for (const partition of (await this.reader.endOffsets(topic)).keys()) {
      const mark = await this.marks.find(topic, partition);
      if (mark !== null) from.set(partition, mark);
    }
    const onPage = async ({ messages }: TopicPage): Promise<void> => {
      const values = messages.flatMap(({ value }) => value ?? []);
      await this.codec.prepare(values);
      await take(values);
    };
    await this.reader.readToEnd({ topic, from, onPage });
  }
}

/** What `decode` answers; null for what no consumer could read either, and whoever consumes it parks. @throws what is not to be parked */
export function readable<Value>(decode: () => Value): Value | null {
  try {
    return decode();
  } catch (error) {
    if (toHubError(error).disposition !== 'park') throw error;
    return null;
  }
}
