import type { OutboxMessage } from '#outbox';
import { encodeHeaders } from '#outbox';
import { PostgresOutboxAppender, type Sql } from '#store-postgres';

/** Keys of the workload: an event's key is that of the event 100,000 numbers before it. */
export const KEYS = 100_000;
/** Rows that one transaction appends. */
export const ROWS_A_TRANSACTION = 1_000;

/** One event as both outboxes hold it. */
interface BenchEvent {
  readonly id: string;
  readonly key: string;
  readonly value: string;
  readonly type: string;
  readonly time: string;
}

const TYPE = 'product.changed.v1';
const SOURCE = '/systems/bench';
const CONTENT_TYPE = 'application/json';
/** What makes a value of about 480 bytes. */
const FILLER = 'Sechskantschraube verzinkt, Festigkeitsklasse 8.8, mit Mutter. '.repeat(5);

/** Debezium's router calls the event's id `id` and cannot do otherwise: so do we, for equal headers on both sides. */
export const HEADER_NAMES = ['ce_source', 'ce_specversion', 'ce_subject', 'ce_time', 'ce_type', 'content-type', 'id'];

/** The same event for the same number. */
function anEvent(index: number): BenchEvent {
  const key = `SKU-${String((index * 7_919) % KEYS).padStart(8, '0')}`;
  const time = new Date(1_764_000_000_000 + index).toISOString();
  const id = `00000000-0000-4000-8000-${index.toString(16).padStart(12, '0')}`;
  const name = { de: `${FILLER}${index}`, en: `Hexagon bolt size ${index % 97}` };
  return {
    id,
    key,
    type: TYPE,
    time,
    value: JSON.stringify({ i: index, sku: key, name, weight: '12.500', active: true }),
  };
}

/** The number of the event that a value holds. */
export function indexOf(value: Buffer): number {
  return Number(value.toString('latin1', 5, value.indexOf(0x2c)));
}

/** Appends events `from` … `to - 1` to an outbox, in the transaction of `sql`. */
export type Append = (sql: Sql, topic: string, from: number, to: number) => Promise<void>;

/** To our outbox, as every service does it. */
export const appendToOurs: Append = (sql, topic, from, to) =>
  new PostgresOutboxAppender(sql).append(eventsOf(from, to).map((event) => toMessage(topic, event)));

function toMessage(topic: string, { id, key, value, type, time }: BenchEvent): OutboxMessage {
  const headers = encodeHeaders({
    id,
    ce_source: SOURCE,
    ce_type: type,
    ce_time: time,
    ce_specversion: '1.0',
    ce_subject: key,
    'content-type': CONTENT_TYPE,
  });
  return { topics: [topic], key, value: Buffer.from(value), headers };
}

/** Debezium's outbox: a column for each header. The value is text, which its relay passes on as it is. */
export const DEBEZIUM_TABLE = `
  CREATE TABLE debezium_outbox (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL, aggregatetype text NOT NULL, aggregateid text NOT NULL, payload text NOT NULL,
    ce_source text NOT NULL, ce_type text NOT NULL, ce_time text NOT NULL, ce_specversion text NOT NULL,
    ce_subject text NOT NULL, content_type text NOT NULL)`;

/** The headers of {@link DEBEZIUM_TABLE} in the terms of its router. */
export const DEBEZIUM_HEADERS =
  'ce_source:header,ce_type:header,ce_time:header,ce_specversion:header,ce_subject:header,content_type:header:content-type';

export const appendToDebezium: Append = async (sql, topic, from, to) => {
  const events = eventsOf(from, to);
  await sql.query(
    `INSERT INTO debezium_outbox
       (id, aggregatetype, aggregateid, payload, ce_source, ce_type, ce_time, ce_specversion, ce_subject, content_type)
     SELECT id, $1, key, value, $2, type, time, '1.0', key, $3
     FROM unnest($4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[])
       WITH ORDINALITY AS e (id, key, value, type, time, position) ORDER BY position`,
    [
      ...[topic, SOURCE, CONTENT_TYPE],
      ...(['id', 'key', 'value', 'type', 'time'] as const).map((column) => events.map((event) => event[column])),
    ],
  );
};

function eventsOf(from: number, to: number): BenchEvent[] {
  return Array.from({ length: to - from }, (_, offset) => anEvent(from + offset));
}
