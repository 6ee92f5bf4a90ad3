import type { Entity } from '#contracts';
import { HubError, type BusinessKey, type CanonicalValue } from '#kernel';
import { toSeedRow, type OffsetRange, type SeedMessage, type SeedPage, type SeedView, type TopicPages } from '#replay';
import type { AvroCodec } from './avro-codec.js';
import type { EventCodec } from './event-codec.js';
import type { RawMessage } from './messages.js';
import type { TopicPage, TopicReader } from './topic-reader.js';

/** What the pages of a golden topic are read with. */
export interface GoldenPagesOptions {
  readonly reader: TopicReader;
  readonly codec: AvroCodec;
  readonly events: EventCodec;
  readonly topic: string;
  readonly entity: Entity;
  readonly view: SeedView;
}

/** Large enough that a page costs more than its transaction, small enough that two of them are no memory. */
const PAGE_SIZE = 5_000;
const PAGE_BYTES = 4 * 1024 * 1024;
const STOP_POLL_MS = 50;
/** In the registry's wire format. */
const SCHEMA_ID_AT = 1;

/** A topic of golden events as pages of rows. A message that can't be read is passed over and named. */
export class GoldenPages implements TopicPages {
  private readonly schemas = new Set<number>();

  constructor(private readonly options: GoldenPagesOptions) {}

  /** Ids of the schemas that the values read so far were written under, ascending. */
  get schemaIds(): readonly number[] {
    return [...this.schemas].sort((left, right) => left - right);
  }

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
      await reader.read({ topic, from, pageSize: PAGE_SIZE, pageBytes: PAGE_BYTES, onPage: take });
    } finally {
      clearInterval(stopping);
    }
  }

  private toPage({ partition, messages, nextOffset }: TopicPage, fromOffset: bigint): SeedPage {
    const readable: SeedMessage[] = [];
    const unreadable: SeedPage['unreadable'][number][] = [];
    for (const message of messages) {
      try {
        const read = this.toMessage(message);
        if (read) readable.push(read);
      } catch (error) {
        if (!(error instanceof HubError) || error.disposition !== 'park') throw error;
        unreadable.push({ partition, offset: message.offset, reason: error.message });
      }
    }
    return { partition, fromOffset, nextOffset, messages: readable, unreadable };
  }

  /** Null for an event that has not happened yet at the time of the view. */
  private toMessage({ offset, key, value }: RawMessage): SeedMessage | null {
    if (value === null) return { offset, key: key as BusinessKey, row: null };
    const { events, entity, view } = this.options;
    const event = events.decodeGolden(entity, value);
    if (event.key !== key) throw new HubError('HUB_PAYLOAD_INVALID', 'The message names another key than its record.');
    if (hasNul(event.key) || Object.values(event.fields).some(hasNul))
      throw new HubError('HUB_PAYLOAD_INVALID', 'A text contains the character U+0000, which no canonical text has.');
    this.schemas.add(value.readInt32BE(SCHEMA_ID_AT));
    return view.hasHappened(event) ? { offset, key: event.key, row: toSeedRow(event, view) } : null;
  }
}

/** PostgreSQL takes none, and so golden never publishes one: somebody else wrote it. */
function hasNul(value: CanonicalValue): boolean {
  if (typeof value === 'string') return value.includes('\0');
  return typeof value === 'object' && value !== null && Object.values(value).some((text) => text.includes('\0'));
}
