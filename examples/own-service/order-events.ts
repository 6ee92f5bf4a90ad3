import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { randomUUID } from 'node:crypto';
import { cloudEventHeaders } from '#contracts';
import { instantOfMs } from '#kernel';
import { encodeHeaders, type OutboxMessage } from '#outbox';
import type { OrderEntity } from './tables.js';

const SCHEMA = JSON.stringify({
  type: 'record',
  name: 'OrderPlaced',
  namespace: 'com.example.orders.v1',
  fields: [
    { name: 'id', type: 'string', doc: 'Number of the order; the Kafka key.' },
    { name: 'sku', type: 'string', doc: 'Product.' },
    { name: 'quantity', type: 'int', doc: 'Ordered sales units.' },
    { name: 'placedAt', type: { type: 'long', logicalType: 'timestamp-millis' }, doc: 'UTC.' },
  ],
});

/** Turns orders into messages of this service's own topic; its schema is registered once, at the start. */
export class OrderEvents {
  private constructor(
    private readonly registry: SchemaRegistry,
    private readonly schemaId: number,
    private readonly topic: string,
  ) {}

  static async open(registryUrl: string, topic: string): Promise<OrderEvents> {
    const registry = new SchemaRegistry({ host: registryUrl });
    const { id } = await registry.register(
      { type: SchemaType.AVRO, schema: SCHEMA },
      { subject: 'com.example.orders.v1.OrderPlaced' },
    );
    return new OrderEvents(registry, id, topic);
  }

  async toPlaced(order: OrderEntity): Promise<OutboxMessage> {
    const { id, sku, quantity, placedAt } = order;
    const value = await this.registry.encode(this.schemaId, { id, sku, quantity, placedAt: placedAt.getTime() });
    const time = instantOfMs(placedAt.getTime());
    const context = { id: randomUUID(), source: '/orders', type: 'com.example.order.placed.v1', time, subject: id };
    return { topics: [this.topic], key: id, value, headers: encodeHeaders(cloudEventHeaders(context)) };
  }
}
