import { changeEventHeaders, HEADERS, topicNames, type ContributionEvent } from '#contracts';
import { instantOfMs, type BusinessKey, type ExternalId, type SystemId } from '#kernel';
import { EventCodec, KafkaEventPublisher, type AvroCodec, type KafkaConnection } from '#messaging-kafka';
import { encodeHeaders, type OutboxRow } from '#outbox';

/** Records that one change of a price leaves: the system's change, golden's state and its history. */
const RECORDS_A_CHANGE = 3;
/** Changes of one price. */
const CHANGES_A_KEY = 2;
/** One of so many changes belongs to a trace. */
const TRACED = 10;
const ROWS_A_REQUEST = 1_500;
const BEGINS_AT_MS = 1_764_000_000_000;
const ERP = 'erp' as SystemId;
/** Golden's values are not read by the index: their size counts. */
const GOLDEN_VALUE = Buffer.alloc(300, 'x');

/** What the bench writes and searches for. */
export interface Workload {
  readonly records: number;
  readonly keys: number;
}

/** About `size` records, of whole changes. */
export function workloadOf(size: number): Workload {
  const keys = Math.ceil(size / (RECORDS_A_CHANGE * CHANGES_A_KEY));
  return { records: keys * CHANGES_A_KEY * RECORDS_A_CHANGE, keys };
}

/** The business key of a number. */
export function keyOf(index: number): string {
  return `SKU-${String(index).padStart(8, '0')}|standard|EUR||`;
}

/** The id of golden's first version of a key. */
export function eventIdOf(index: number): string {
  return `golden/price/${keyOf(index)}/1`;
}

/** Writes the records of the workload to the topics of a hub. */
export async function publishRecords(
  { keys }: Workload,
  {
    connection,
    codec,
    prefix,
  }: { readonly connection: KafkaConnection; readonly codec: AvroCodec; readonly prefix: string },
): Promise<void> {
  const publisher = new KafkaEventPublisher(connection);
  const events = new EventCodec(codec);
  const names = topicNames(prefix);
  const topics = [names.change(ERP, 'price'), names.golden('price'), names.history('price')] as const;
  try {
    for (let change = 1; change <= CHANGES_A_KEY; change += 1)
      for (let from = 0; from < keys; from += ROWS_A_REQUEST / RECORDS_A_CHANGE) {
        const length = Math.min(ROWS_A_REQUEST / RECORDS_A_CHANGE, keys - from);
        await publisher.publish(
          Array.from({ length }, (_, offset) => toRows(events, topics, from + offset, change)).flat(),
        );
      }
  } finally {
    await publisher.close();
  }
}

function toRows(
  events: EventCodec,
  [changes, golden, history]: readonly [string, string, string],
  index: number,
  change: number,
): OutboxRow[] {
  const event = aChange(index, change);
  const trace = index % TRACED === 0 ? { [HEADERS.traceParent]: `00-${traceOf(index)}-00f067aa0ba902b7-01` } : {};
  const id = `golden/price/${event.key}/${change}`;
  const goldenHeaders = {
    [HEADERS.id]: id,
    [HEADERS.type]: 'golden.price.v1',
    [HEADERS.time]: event.observedAt,
    ...trace,
  };
  const sequence = BigInt(index);
  return [
    {
      ...{ sequence, topics: [changes], key: event.externalId, value: events.encodeContribution(event) },
      headers: encodeHeaders({ ...changeEventHeaders(event, null), ...trace }),
    },
    { sequence, topics: [golden, history], key: event.key, value: GOLDEN_VALUE, headers: encodeHeaders(goldenHeaders) },
  ];
}

/** The trace of a key that has one. */
export function traceOf(index: number): string {
  return (index + 1).toString(16).padStart(32, 'a');
}

function aChange(index: number, change: number): ContributionEvent {
  const at = instantOfMs(BEGINS_AT_MS + index);
  return {
    ...{ entity: 'price', system: ERP, externalId: String(1_000_000 + index) as ExternalId },
    ...{ key: keyOf(index) as BusinessKey, epoch: 1, sequence: BigInt(change), status: 'live', observedAt: at },
    fields: { amount: `${change}.00` },
    marks: { amount: { at, unread: false } },
  };
}
