import {
  changeEventHeaders,
  cloudEventHeaders,
  ENTITIES,
  HEADERS,
  toContributionRecord,
  toGoldenRecord,
  type AvroRecord,
  type ContributionEvent,
  type EventTypeName,
  type TopicNames,
} from '#contracts';
import { encodeHeaders, type OutboxMessage } from '#outbox';
import type { AuditEntry, EventEncoder } from './ports.js';
import type { Publication } from './record-book.js';

const SOURCE = '/plumbline/golden';

/** Outbox messages of publications, in order. A version goes to two topics as one message. */
export function toMessages(
  publications: readonly Publication[],
  topics: TopicNames,
  encoder: EventEncoder,
): OutboxMessage[] {
  const messages: OutboxMessage[] = [];
  for (const { kind, event, isBulk } of publications) {
    const type = ENTITIES[event.entity].goldenType as EventTypeName;
    const value = encoder.encode(type, toGoldenRecord(event));
    const id = `golden/${event.entity}/${event.key}/${event.sequence}`;
    const context = {
      ...{ id, source: SOURCE, type: `golden.${event.entity}.v1`, time: event.changedAt, subject: event.key },
      ...(isBulk && { lane: 'bulk' as const }),
      status: event.status,
    };
    const headers = encodeHeaders(cloudEventHeaders(context));
    const history = kind === 'version' ? [topics.history(event.entity)] : [];
    messages.push({ topics: [topics.golden(event.entity), ...history], key: event.key, value, headers });
  }
  return messages;
}

/** Outbox message of a contribution of the hub itself. */
export function toHubMessage(
  event: ContributionEvent,
  isBulk: boolean,
  { topics, encoder }: { readonly topics: TopicNames; readonly encoder: EventEncoder },
): OutboxMessage {
  const type = ENTITIES[event.entity].changedType as EventTypeName;
  const lane = isBulk ? { [HEADERS.lane]: 'bulk' } : {};
  return {
    topics: [topics.change(event.system, event.entity)],
    key: event.externalId,
    value: encoder.encode(type, toContributionRecord(event)),
    headers: encodeHeaders({ ...changeEventHeaders(event, null), ...lane }),
  };
}

/** Outbox message of an audit entry. */
export function toAuditMessage(entry: AuditEntry, topics: TopicNames, encoder: EventEncoder): OutboxMessage {
  const type = 'io.plumbline.hub.v1.AuditRecorded';
  const record: AvroRecord = { ...entry };
  const headers = cloudEventHeaders({
    id: entry.id,
    source: SOURCE,
    type: 'audit.recorded.v1',
    time: entry.at,
    subject: entry.subject,
  });
  return {
    topics: [topics.hub('audit')],
    key: entry.subject,
    value: encoder.encode(type, record),
    headers: encodeHeaders(headers),
  };
}
