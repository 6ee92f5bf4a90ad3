import { kindOfTopic, type TopicKind } from '#contracts';
import { HubError } from '#kernel';
import { toContribution, toGolden, type AvroCodec, type DecodedRecord, type RecordLookup } from '#messaging-kafka';
import type { RecordHit, TimelineContent, TimelineRecord } from '#record-index';

/** What records are read with. */
export interface RecordContentsOptions {
  readonly lookup: Pick<RecordLookup, 'findValues'>;
  readonly codec: Pick<AvroCodec, 'prepare' | 'decode'>;
  readonly prefix: string;
}

/** Reads what records of the hub's topics say, at their offsets. */
export class RecordContents {
  constructor(private readonly options: RecordContentsOptions) {}

  /** In the order of the hits. @throws HubError HUB_BROKER_*, HUB_REGISTRY_UNREACHABLE */
  async read(hits: readonly RecordHit[]): Promise<TimelineRecord[]> {
    const { lookup, codec } = this.options;
    const values = await lookup.findValues(hits);
    await codec.prepare(values.map((value) => value ?? null));
    return hits.map((hit, index) => ({ hit, content: this.toContent(hit, values[index]) }));
  }

  private toContent(hit: RecordHit, value: Buffer | null | undefined): TimelineContent {
    const { prefix } = this.options;
    const [system = ''] = hit.topic.slice(prefix.length).split('.');
    const unread = { kind: 'unread', system, isInTopic: value !== undefined } as const;
    const kind = kindOfTopic(prefix, hit.topic)?.kind;
    if (!value || !kind) return unread;
    if (kind === 'dead-letter') return { kind, consumer: system, reason: 'set aside' };
    const record = this.decode(value);
    return (record && toContentOf(kind, record)) ?? unread;
  }

  private decode(value: Buffer): DecodedRecord | null {
    try {
      return this.options.codec.decode(value);
    } catch (error) {
      if (error instanceof HubError && error.disposition === 'park') return null;
      throw error;
    }
  }
}

/** Null for a record of the hub's own topics that tells of no drift. */
function toContentOf(kind: Exclude<TopicKind, 'dead-letter'>, record: DecodedRecord): TimelineContent | null {
  switch (kind) {
    case 'change':
      return { kind, event: toContribution(record) };
    case 'golden':
    case 'history':
      return { kind: 'golden', topic: kind, event: toGolden(record) };
    case 'hub':
      return toDrift(record);
    case 'lane':
      return null; // not indexed
  }
}

function toDrift({ typeName, record }: DecodedRecord): TimelineContent | null {
  if (typeName !== 'io.plumbline.hub.v1.DriftRecorded') return null;
  const { system, kind, outcome, fields } = record;
  return {
    kind: 'drift',
    system: String(system),
    found: `${String(kind)}, ${String(outcome)}`,
    fields: Array.isArray(fields) ? fields.map(String) : [],
  };
}
