import { Body, Controller, Inject, Post } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Permission } from '#auth';
import { HubError } from '#kernel';
import { PostgresOutboxAppender } from '#store-postgres';
import { z } from 'zod';
import { PARTS, type Parts } from './parts.js';
import { sqlOf } from './sql-of.js';
import { OrderEntity } from './tables.js';

const orderBody = z.strictObject({ sku: z.string().min(1).max(100), quantity: z.int().min(1) });

/** Takes orders. */
@Controller('orders')
export class OrdersController {
  constructor(@Inject(PARTS) private readonly parts: Parts) {}

  /** The order and its event are in the database together, or neither is. */
  @Permission('record:change')
  @Post()
  async place(@Body() body: unknown): Promise<{ readonly id: string }> {
    const { dataSource, orderEvents, failpoint, relay } = this.parts;
    const parsed = orderBody.safeParse(body);
    if (!parsed.success) throw new HubError('HUB_REQUEST_INVALID', z.prettifyError(parsed.error));
    const order = Object.assign(new OrderEntity(), { id: randomUUID(), ...parsed.data, placedAt: new Date() });
    const message = await orderEvents.toPlaced(order); // encoded before the transaction: it asks the registry
    await dataSource.transaction(async (manager) => {
      await manager.insert(OrderEntity, order); // the new row is the lock on its key
      failpoint('between order and event');
      await new PostgresOutboxAppender(sqlOf(manager)).append([message]);
      failpoint('before the commit of an order');
    });
    relay.wake();
    return { id: order.id };
  }
}
