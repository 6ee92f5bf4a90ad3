import { kindOfTopic } from '#contracts';
import { HubError } from '#kernel';
import type { AvroCodec, RawMessage } from '#messaging-kafka';
import { toIndexedRecord, type RecordIndexStore } from '#record-index';

/** What pages are indexed with. */
export interface PageIndexerOptions {
  readonly store: Pick<RecordIndexStore, 'addPage'>;
  readonly codec: Pick<AvroCodec, 'prepare' | 'decode'>;
  /** Of the hub's topics. */
  readonly prefix: string;
}

/**
 * Adds pages of one partition to the index. Only change events are decoded, since their Kafka key is the system's own id of the
 * record: what can't be decoded is indexed without its business key.
 */
export class PageIndexer {
  constructor(private readonly options: PageIndexerOptions) {}

  /** @throws HubError HUB_REGISTRY_UNREACHABLE, HUB_DATABASE_* */
  async add(messages: readonly RawMessage[]): Promise<void> {
    const [first, last] = [messages[0], messages.at(-1)];
    if (!first || !last) return;
    const { topic, partition } = first;
    const isChange = kindOfTopic(this.options.prefix, topic)?.kind === 'change';
    if (isChange) await this.options.codec.prepare(messages.map(({ value }) => value));
    const records = messages.map((message) => toIndexedRecord(message, isChange ? this.businessKeyOf(message) : null));
    await this.options.store.addPage({ topic, partition, records, nextOffset: last.offset + 1n });
  }

  private businessKeyOf({ value }: RawMessage): string | null {
    if (value === null) return null;
    try {
      const { key } = this.options.codec.decode(value).record;
      return typeof key === 'string' ? key : null;
    } catch (error) {
      if (error instanceof HubError && error.disposition === 'park') return null;
      throw error;
    }
  }
}
