import { HEADERS, kindOfTopic, type TopicKind } from '#contracts';
import { HubError } from '#kernel';
import {
  DEAD_LETTER_HEADERS,
  toContribution,
  toGolden,
  type AvroCodec,
  type DecodedRecord,
  type FoundRecord,
  type RecordLookup,
} from '#messaging-kafka';
import type { RecordHit, TimelineContent, TimelineRecord } from '#record-index';

/** What records are read with. */
export interface RecordContentsOptions {
  readonly lookup: Pick<RecordLookup, 'find'>;
  readonly codec: Pick<AvroCodec, 'prepare' | 'decode'>;
  readonly prefix: string;
}

/** Reads what records of the hub's topics say, at their offsets. */
export class RecordContents {
  constructor(private readonly options: RecordContentsOptions) {}

  /** In the order of the hits. @throws HubError HUB_BROKER_*, HUB_REGISTRY_UNREACHABLE */
  async read(hits: readonly RecordHit[]): Promise<TimelineRecord[]> {
    const { lookup, codec } = this.options;
    const found = await lookup.find(hits);
    await codec.prepare(found.map((record) => record?.value ?? null));
    return hits.map((hit, index) => ({ hit, content: this.toContent(hit, found[index]) }));
  }

  private toContent(hit: RecordHit, found: FoundRecord | undefined): TimelineContent {
    const { prefix } = this.options;
    const [system = ''] = hit.topic.slice(prefix.length).split('.');
    const unread = { kind: 'unread', system, isInTopic: found !== undefined } as const;
    const kind = kindOfTopic(prefix, hit.topic)?.kind;
    if (kind === 'dead-letter' && found) return { kind, consumer: system, reason: reasonOf(found) };
    if (!found?.value || !kind || kind === 'dead-letter') return unread;
    return this.readContent(kind, found.value, found.headers) ?? unread;
  }

  private readContent(
    kind: Exclude<TopicKind, 'dead-letter'>,
    value: Buffer,
    headers: FoundRecord['headers'],
  ): TimelineContent | null {
    const record = this.decode(value);
    return record && toContentOf(kind, record, headers);
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
function toContentOf(
  kind: Exclude<TopicKind, 'dead-letter'>,
  record: DecodedRecord,
  headers: FoundRecord['headers'],
): TimelineContent | null {
  switch (kind) {
    case 'change': {
      const [batch = null, round = null] = [headers[HEADERS.batch], headers[HEADERS.round]];
      return { kind, event: toContribution(record), batch, round };
    }
    case 'golden':
    case 'history':
      return { kind: 'golden', topic: kind, event: toGolden(record) };
    case 'hub':
      return toDrift(record);
    case 'lane':
      return null; // not indexed
  }
}

function reasonOf({ headers }: FoundRecord): string {
  const { code, message } = DEAD_LETTER_HEADERS;
  return [headers[code], headers[message]].filter((text) => text !== undefined).join(': ') || 'set aside';
}

function toDrift({ typeName, record }: DecodedRecord): TimelineContent | null {
  if (typeName !== 'io.plumbline.hub.v1.DriftRecorded') return null;
  const { runId, system, kind, outcome, fields } = record;
  return {
    ...{ kind: 'drift', round: String(runId) },
    system: String(system),
    found: `${String(kind)}, ${String(outcome)}`,
    fields: Array.isArray(fields) ? fields.map(String) : [],
  };
}
