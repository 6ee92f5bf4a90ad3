import { changeEventHeaders, type ContributionEvent } from '#contracts';
import { instantOfMs, type BusinessKey, type ExternalId, type SystemId } from '#kernel';
import { KafkaEventPublisher, type EventCodec, type KafkaConnection } from '#messaging-kafka';
import { encodeHeaders, type OutboxRow } from '#outbox';
import { bolt } from '../products.js';

/** Keys of the workload: an event's key is that of the event 20,000 numbers before it. */
const KEYS = 20_000;
const ROWS_A_REQUEST = 500;
const BEGINS_AT_MS = 1_764_000_000_000;
const SYSTEM = 'erp' as SystemId;

/** Writes change events 0 … `count - 1` to a topic, with the value, the key and the headers that a connector's relay writes. */
export async function fillTopic(
  connection: KafkaConnection,
  codec: EventCodec,
  { topic, count }: { readonly topic: string; readonly count: number },
): Promise<void> {
  const publisher = new KafkaEventPublisher(connection);
  try {
    for (let from = 0; from < count; from += ROWS_A_REQUEST) {
      const length = Math.min(ROWS_A_REQUEST, count - from);
      await publisher.publish(Array.from({ length }, (_, offset) => toRow(codec, topic, from + offset)));
    }
  } finally {
    await publisher.close();
  }
}

function toRow(codec: EventCodec, topic: string, index: number): OutboxRow {
  const event = anEvent(index);
  const batch = { id: `${event.system}-${Math.floor(index / ROWS_A_REQUEST)}`, size: ROWS_A_REQUEST };
  return {
    sequence: BigInt(index),
    topics: [topic],
    key: event.externalId,
    value: codec.encodeContribution(event),
    headers: encodeHeaders(changeEventHeaders(event, batch)),
  };
}

/** The same event for the same number, which is its sequence. */
function anEvent(index: number): ContributionEvent {
  const key = `P-${String((index * 7_919) % KEYS).padStart(7, '0')}`;
  const fields = bolt(index, index);
  const at = instantOfMs(BEGINS_AT_MS + index);
  return {
    entity: 'product',
    system: SYSTEM,
    externalId: key as ExternalId,
    key: key as BusinessKey,
    epoch: 1,
    sequence: BigInt(index),
    status: 'live',
    observedAt: at,
    fields,
    marks: Object.fromEntries(Object.keys(fields).map((name) => [name, { at, unread: false }])),
  };
}
