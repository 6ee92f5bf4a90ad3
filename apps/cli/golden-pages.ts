import type { Entity } from '#contracts';
import { HubError, type BusinessKey } from '#kernel';
import type { AvroCodec, EventCodec, RawMessage, TopicPage, TopicReader } from '#messaging-kafka';
import { toSeedRow, type OffsetRange, type SeedMessage, type SeedPage, type TopicPages } from '#replay';

/** What the pages of a golden topic are read with. */
export interface GoldenPagesOptions {
  readonly reader: TopicReader;
  readonly codec: AvroCodec;
  readonly events: EventCodec;
  readonly topic: string;
  readonly entity: Entity;
}

const PAGE_SIZE = 1000;
const STOP_POLL_MS = 50;

/** A golden topic as pages of rows. A message that can't be read is passed over and named. */
export class GoldenPages implements TopicPages {
  constructor(private readonly options: GoldenPagesOptions) {}

  offsets(): Promise<ReadonlyMap<number, OffsetRange>> {
    return this.options.reader.offsets(this.options.topic);
  }

  async read(
    from: ReadonlyMap<number, bigint>,
    onPage: (page: SeedPage) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted || from.size === 0) return;
    const { reader, topic, codec } = this.options;
    const reached = new Map(from);
    // A stop is lost while the reader still joins its group, so it is repeated until the read has ended.
    const stopping = setInterval(() => signal.aborted && reader.stop(), STOP_POLL_MS);
    const take = async (page: TopicPage): Promise<void> => {
      if (signal.aborted) return;
      await codec.prepare(page.messages.map(({ value }) => value));
      const fromOffset = reached.get(page.partition) ?? page.nextOffset;
      reached.set(page.partition, page.nextOffset);
      await onPage(this.toPage(page, fromOffset));
    };
    try {
      await reader.read({ topic, from, pageSize: PAGE_SIZE, onPage: take });
    } finally {
      clearInterval(stopping);
    }
  }

  private toPage({ partition, messages, nextOffset }: TopicPage, fromOffset: bigint): SeedPage {
    const readable: SeedMessage[] = [];
    const unreadable: SeedPage['unreadable'][number][] = [];
    for (const message of messages) {
      try {
        readable.push(this.toMessage(message));
      } catch (error) {
        if (!(error instanceof HubError) || error.disposition !== 'park') throw error;
        unreadable.push({ partition, offset: message.offset, reason: error.message });
      }
    }
    return { partition, fromOffset, nextOffset, messages: readable, unreadable };
  }

  private toMessage({ offset, key, value }: RawMessage): SeedMessage {
    if (value === null) return { offset, key: key as BusinessKey, row: null };
    const row = toSeedRow(this.options.events.decodeGolden(this.options.entity, value));
    if (row.key !== key) throw new HubError('HUB_PAYLOAD_INVALID', 'The message names another key than its record.');
    return { offset, key: row.key, row };
  }
}
