import { createHash } from 'node:crypto';
import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { HEADERS, type GoldenEvent } from '#contracts';
import type { HubWebhook } from '#hub-file';
import { OnBatch, toGolden, type DecodedMessage } from '#messaging-kafka';
import type { DeliveryPage, NewDelivery } from '#store-postgres';

/** Injection token of {@link GoldenEventsIntake}. */
export const GOLDEN_EVENTS_INTAKE = Symbol('GOLDEN_EVENTS_INTAKE');
/** Pattern of {@link GoldenEventsController}. */
export const GOLDEN_EVENTS = 'golden-events';

/** What the consumer needs. */
export interface GoldenEventsIntake {
  readonly webhooks: readonly HubWebhook[];
  /** Stores a page exactly once. */
  add(page: DeliveryPage): Promise<void>;
}

/** Stores every new golden version for each receiver that wants it; sending is the senders'. */
@Controller()
export class GoldenEventsController {
  constructor(@Inject(GOLDEN_EVENTS_INTAKE) private readonly intake: GoldenEventsIntake) {}

  @OnBatch(GOLDEN_EVENTS)
  async onBatch(@Payload() messages: readonly DecodedMessage[]): Promise<void> {
    const [first] = messages;
    const last = messages.at(-1);
    if (!first || !last) return;
    const deliveries = messages.flatMap((message) => this.toDeliveries(message));
    const { topic, partition } = first;
    await this.intake.add({ topic, partition, deliveries, nextOffset: last.offset + 1n });
  }

  private toDeliveries(message: DecodedMessage): NewDelivery[] {
    if (message.record === null) return [];
    const event = toGolden(message);
    const { entity, key, changedAt: happenedAt } = event;
    const shared = { entity, key, happenedAt, offset: message.offset, type: `golden.${entity}.v1` };
    const eventId = toEventId(message, event);
    const wanting = this.intake.webhooks.filter(({ entities }) => entities === null || entities.includes(entity));
    return wanting.map(({ name }) => ({ ...shared, endpoint: name, eventId, data: toData(event) }));
  }
}

/** The id of the event on its topic, as plain letters for a header: a key may have any. */
function toEventId({ headers }: DecodedMessage, { entity, key, sequence }: GoldenEvent): string {
  const id = headers[HEADERS.id] ?? `golden/${entity}/${key}/${sequence}`;
  return `msg_${createHash('sha256').update(id).digest('hex').slice(0, 32)}`;
}

/** The whole record, so that a receiver needs no other; `version` says which of two is the newer one. */
function toData({ entity, key, version, status, changedAt, fields }: GoldenEvent): string {
  return JSON.stringify({ entity, key, version: version.toString(), status, changedAt, fields });
}
