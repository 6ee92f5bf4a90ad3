import { splitEventId, type RecordCursor, type RecordQuery } from '#record-index';
import { hashSql } from './create-index-tables.migration.js';
import { toBytes } from './indexed-kinds.js';

/** A statement and its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What is appended from `fromMs` on and before `untilMs`, in milliseconds; unbounded where null. */
export interface TimeWindow {
  readonly fromMs: number | null;
  readonly untilMs: number | null;
}

/** What a hit is made of: of a record `r`, its partition `p` and its kind `k`. */
export const HIT_COLUMNS = `p.topic, p.partition, r."offset", r."offset" < p.low AS is_removed, r.key, r.business_key, r.event,
  r.trace_id, k.type, k.event_prefix, k.is_tombstone, (extract(epoch FROM r.appended_at) * 1000)::bigint AS appended_at_ms`;
/** The order of the answers. */
export const NEWEST_FIRST = 'r.appended_at DESC, p.topic DESC, p.partition DESC, r."offset" DESC';

/** Finds records; the newest first. Takes no locks. Hashes find what may be meant, and the bytes decide. */
export function searchStatement(query: RecordQuery, { fromMs, untilMs }: TimeWindow): Statement {
  const values: unknown[] = [];
  const add = (value: unknown): string => `$${values.push(value)}`;
  const conditions = [
    ...(query.key === undefined ? [] : [byKey(add(toBytes(query.key)))]),
    ...(query.eventId === undefined ? [] : [byEvent(query.eventId, add)]),
    ...(query.traceId === undefined ? [] : [`r.trace_id = ${add(query.traceId)}::uuid`]),
    ...(query.type === undefined ? [] : [`k.type = ${add(toBytes(query.type))}::bytea`]),
    ...(fromMs === null ? [] : [`r.appended_at >= ${instant(add(fromMs))}`]),
    ...(untilMs === null ? [] : [`r.appended_at < ${instant(add(untilMs))}`]),
    ...(query.after === undefined ? [] : [behind(query.after, add)]),
  ];
  const text = `
    SELECT ${HIT_COLUMNS} FROM indexed_record AS r
    JOIN indexed_partition AS p ON p.id = r.source AND NOT p.is_retired JOIN indexed_kind AS k ON k.id = r.kind
    WHERE ${conditions.length > 0 ? conditions.join(' AND ') : 'true'} ORDER BY ${NEWEST_FIRST} LIMIT ${add(query.limit)}`;
  return { text, values };
}

function byKey(key: string): string {
  const own = `${hashSql('r.key')} = ${hashSql(`${key}::bytea`)} AND r.key = ${key}::bytea`;
  const business = `${hashSql('r.business_key')} = ${hashSql(`${key}::bytea`)} AND r.business_key = ${key}::bytea`;
  return `((${own}) OR (r.business_key IS NOT NULL AND ${business}))`;
}

/** An id of the hub's form is found by the key that it names, any other by its own hash. */
function byEvent(eventId: string, add: (value: unknown) => string): string {
  const whole = add(toBytes(eventId));
  const byItself = `r.kind < 0 AND r.event IS NOT NULL AND ${hashSql('r.event')} = ${hashSql(`${whole}::bytea`)} AND r.event = ${whole}::bytea`;
  const parts = splitEventId(eventId);
  if (!parts) return `(${byItself})`;
  const [key, place, prefix] = [parts.key, parts.place, parts.prefix].map((text) => `${add(toBytes(text))}::bytea`);
  const byParts = `${hashSql('r.key')} = ${hashSql(key ?? '')} AND r.key = ${key} AND r.event = ${place} AND k.event_prefix = ${prefix}`;
  return `((${byItself}) OR (${byParts}))`;
}

/** That a record `r` comes after the cursor in the order of the answers. */
export function behind(
  { appendedAtMs, topic, partition, offset }: RecordCursor,
  add: (value: unknown) => string,
): string {
  const at = instant(add(appendedAtMs));
  const place = `(${add(topic)}::text, ${add(partition)}::integer, ${add(String(offset))}::bigint)`;
  const isBehind = `(SELECT (p.topic, p.partition, r."offset") < ${place} FROM indexed_partition AS p WHERE p.id = r.source)`;
  // The first part alone is what the index of times can use.
  return `r.appended_at <= ${at} AND (r.appended_at < ${at} OR ${isBehind})`;
}

/** The time of a parameter in milliseconds. Exact: interval arithmetic is in whole microseconds. */
export function instant(parameter: string): string {
  return `('1970-01-01Z'::timestamptz + ${parameter}::bigint * interval '1 millisecond')`;
}
