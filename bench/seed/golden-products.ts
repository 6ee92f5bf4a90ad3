import type { GoldenEvent } from '#contracts';
import { instantOfMs, type BusinessKey, type SystemId } from '#kernel';
import { KafkaEventPublisher, type EventCodec, type KafkaConnection } from '#messaging-kafka';
import { encodeHeaders, type OutboxRow } from '#outbox';
import { bolt } from '../products.js';

const ROWS_A_REQUEST = 2_000;
const BEGINS_AT_MS = 1_764_000_000_000;
/** One of so many later versions is a delete. */
const DELETED = 50;
const TICK_MS = 20;

/** Golden products in a topic, and what the topic says of each by now. */
export class GoldenProducts {
  /** Sequence of the latest event by product number. */
  readonly sequences: Uint32Array;
  /** Events written beyond the first of each product. */
  changes = 0;
  private readonly publisher: KafkaEventPublisher;

  constructor(
    private readonly place: {
      readonly connection: KafkaConnection;
      readonly codec: EventCodec;
      readonly topic: string;
    },
    readonly size: number,
  ) {
    this.sequences = new Uint32Array(size);
    this.publisher = new KafkaEventPublisher(place.connection);
  }

  /** Writes the first version of every product. */
  async fill(): Promise<void> {
    for (let from = 0; from < this.size; from += ROWS_A_REQUEST) {
      const length = Math.min(ROWS_A_REQUEST, this.size - from);
      await this.publisher.publish(Array.from({ length }, (_, offset) => this.nextRow(from + offset)));
    }
  }

  /** Changes products at a rate until the signal; resolves when all of it is in the topic. @returns changes a second that were made */
  async change(perSecond: number, signal: AbortSignal): Promise<number> {
    const [startedAt, before] = [performance.now(), this.changes];
    const elapsed = (): number => performance.now() - startedAt;
    while (!signal.aborted) {
      const due = Math.floor((elapsed() * perSecond) / 1_000) - (this.changes - before);
      if (due > 0) {
        const rows = Array.from({ length: due }, () => this.nextRow(Math.floor(Math.random() * this.size)));
        this.changes += due;
        await this.publisher.publish(rows);
      } else await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    return Math.round(((this.changes - before) * 1_000) / elapsed());
  }

  close(): Promise<void> {
    return this.publisher.close();
  }

  private nextRow(index: number): OutboxRow {
    const sequence = (this.sequences[index] ?? 0) + 1;
    this.sequences[index] = sequence;
    const { topic, codec } = this.place;
    const event = aProduct(index, sequence);
    return {
      sequence: 0n,
      topics: [topic],
      key: event.key,
      value: codec.encodeGolden(event),
      headers: encodeHeaders({}),
    };
  }
}

/** Key of a product by its number; keys sort as numbers do. */
export function keyOf(index: number): string {
  return `P-${String(index).padStart(8, '0')}`;
}

/** Whether the product's event of this sequence deletes it. */
export function isDeleted(index: number, sequence: number): boolean {
  return sequence > 1 && (index + sequence) % DELETED === 0;
}

function aProduct(index: number, sequence: number): GoldenEvent {
  const changedAt = instantOfMs(BEGINS_AT_MS + index);
  const fields = bolt(index, sequence);
  const origin = { system: 'pim' as SystemId, at: changedAt, rule: 'owner' };
  return {
    ...{ entity: 'product', key: keyOf(index) as BusinessKey, version: BigInt(sequence), sequence: BigInt(sequence) },
    ...{ status: isDeleted(index, sequence) ? 'deleted' : 'live', policyVersion: 1, changedAt, merged: [], fields },
    origins: Object.fromEntries(Object.keys(fields).map((name) => [name, origin])),
  };
}
