import { AVRO_CONTENT_TYPE, HEADERS } from '#contracts';
import type { Instant } from '#kernel';

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
  readonly traceParent?: string;
  readonly batch?: string;
  readonly batchSize?: number;
  /** `bulk` for imports and metered answers; absent for live changes. */
  readonly lane?: 'bulk';
}

/**
 * Headers of an event in CloudEvents binary mode.
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export function cloudEventHeaders(context: CloudEventContext): Record<string, string> {
  return {
    [HEADERS.specVersion]: '1.0',
    [HEADERS.id]: context.id,
    [HEADERS.source]: context.source,
    [HEADERS.type]: context.type,
    [HEADERS.time]: context.time,
    [HEADERS.subject]: context.subject,
    [HEADERS.contentType]: AVRO_CONTENT_TYPE,
    ...(context.traceParent === undefined ? {} : { [HEADERS.traceParent]: context.traceParent }),
    ...(context.batch === undefined ? {} : { [HEADERS.batch]: context.batch }),
    ...(context.batchSize === undefined ? {} : { [HEADERS.batchSize]: String(context.batchSize) }),
    ...(context.lane === undefined ? {} : { [HEADERS.lane]: context.lane }),
  };
}
