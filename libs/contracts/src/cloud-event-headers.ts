import { traceParentOf, type Instant, type RecordStatus } from '#kernel';
import type { ContributionEvent } from './events.js';
import { AVRO_CONTENT_TYPE, HEADERS } from './topics.js';

/** Context attributes of one event. */
export interface CloudEventContext {
  /** Unique per source. */
  readonly id: string;
  /** URI reference of the producer, for example `/plumbline/erp`. */
  readonly source: string;
  /** For example `product.changed.v1`. */
  readonly type: string;
  readonly time: Instant;
  /** The Kafka key. */
  readonly subject: string;
  /** The trace of what is being done, unless given. */
  readonly traceParent?: string;
  /** Source batch of a change event. */
  readonly batch?: { readonly id: string; readonly size: number } | null;
  /** `bulk` for imports and metered answers; absent for live changes. */
  readonly lane?: 'bulk';
  /** Of an event that describes a record. */
  readonly status?: RecordStatus;
}

/**
 * Headers of an event in CloudEvents binary mode.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function cloudEventHeaders(context: CloudEventContext): Record<string, string> {
  const traceParent = context.traceParent ?? traceParentOf(context.subject);
  return {
    [HEADERS.specVersion]: '1.0',
    [HEADERS.id]: context.id,
    [HEADERS.source]: context.source,
    [HEADERS.type]: context.type,
    [HEADERS.time]: context.time,
    [HEADERS.subject]: context.subject,
    [HEADERS.contentType]: AVRO_CONTENT_TYPE,
    ...(traceParent === undefined ? {} : { [HEADERS.traceParent]: traceParent }),
    ...(context.batch && { [HEADERS.batch]: context.batch.id, [HEADERS.batchSize]: String(context.batch.size) }),
    ...(context.lane === undefined ? {} : { [HEADERS.lane]: context.lane }),
    ...(context.status === 'deleted' && { [HEADERS.deleted]: 'true' }),
  };
}

const PLACE = /\/(?:(\d{1,9})\.)?(\d{1,18})$/;

/**
 * Where one of the hub's own events stands among those of its key: its id ends in `/epoch.sequence`, or in `/sequence`
 * where there are no epochs (golden records; 0 then). Null for headers without such an id.
 */
export function eventPlaceOf(
  headers: Readonly<Record<string, string>>,
): { readonly epoch: number; readonly sequence: bigint } | null {
  const found = PLACE.exec(headers[HEADERS.id] ?? '');
  return found ? { epoch: Number(found[1] ?? 0), sequence: BigInt(found[2] ?? 0) } : null;
}

/** Headers of a change event: its id is its place among the contributions of its record. */
export function changeEventHeaders(
  event: ContributionEvent,
  batch: { readonly id: string; readonly size: number } | null,
): Record<string, string> {
  return cloudEventHeaders({
    id: `${event.system}/${event.entity}/${event.externalId}/${event.epoch}.${event.sequence}`,
    source: `/plumbline/${event.system}`,
    type: `${event.entity}.changed.v1`,
    time: event.observedAt,
    subject: event.externalId,
    status: event.status,
    batch,
  });
}
