import { changeEventHeaders, HEADERS, type ContributionEvent, type FieldMark } from '#contracts';
import { instantOfMs, type CanonicalValue, type ExternalId } from '#kernel';
import type { MirrorRow } from '#mirror';
import { encodeHeaders, type OutboxMessage } from '#outbox';
import type { HostContext } from './host-context.js';

/** The source batch that a change belongs to; the guard judges it as a whole. */
export interface SourceBatch {
  readonly id: string;
  readonly size: number;
}

/** The change event of a row whose contribution just changed. */
export function toContributionEvent(context: HostContext, row: MirrorRow, nowMs: number): ContributionEvent {
  const fields: Record<string, CanonicalValue> = {};
  const marks: Record<string, FieldMark> = {};
  for (const [name, field] of Object.entries(row.contribution?.fields ?? {})) {
    fields[name] = field.value;
    marks[name] = { at: field.at, unread: field.unread };
  }
  return {
    entity: row.entity,
    system: context.system,
    externalId: row.externalId as ExternalId,
    key: row.key,
    epoch: row.contribution?.epoch ?? 1,
    sequence: row.contribution?.sequence ?? 0n,
    status: row.contribution?.status ?? 'live',
    observedAt: instantOfMs(nowMs),
    fields,
    marks,
  };
}

/** What a reconcile round found in the record of a change event. */
export interface RoundFinding {
  readonly roundId: string;
  readonly fields: readonly string[];
}

/** The outbox row of a change event: encoded now, so that a bad value fails here and not in the relay. */
export function toOutboxMessage(
  context: HostContext,
  event: ContributionEvent,
  from: SourceBatch | RoundFinding | null,
): OutboxMessage {
  const finding = from && 'roundId' in from ? from : null;
  const batch = from && 'size' in from ? from : null;
  const round = finding && { [HEADERS.round]: `${finding.roundId}:${finding.fields.join(',')}` };
  return {
    topics: [context.topics.change(context.system, event.entity)],
    key: event.externalId,
    value: context.encode(event),
    headers: encodeHeaders({ ...changeEventHeaders(event, batch), ...round }),
  };
}
