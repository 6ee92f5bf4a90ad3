import { Controller, Inject } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { GoldenEvent } from '#contracts';
import { OnBatch, toGolden, type DecodedMessage } from '#messaging-kafka';
import { PostgresAppliedOffsets } from '#store-postgres';
import type { EntityManager } from 'typeorm';
import { PARTS, type Parts } from './parts.js';
import { sqlOf } from './sql-of.js';
import { ProductCopyEntity } from './tables.js';

/** Pattern of {@link ProductsController}. */
export const GOLDEN_PRODUCTS = 'golden-products';

/** The inbox: keeps a partial copy of the products. */
@Controller()
export class ProductsController {
  constructor(@Inject(PARTS) private readonly parts: Parts) {}

  /** The copy and the applied offset move together: what comes again after a crash is passed over. */
  @OnBatch(GOLDEN_PRODUCTS)
  async onBatch(@Payload() messages: readonly DecodedMessage[]): Promise<void> {
    const [first] = messages;
    const last = messages.at(-1);
    if (!first || !last) return;
    const { topic, partition } = first;
    await this.parts.dataSource.transaction(async (manager) => {
      const offsets = new PostgresAppliedOffsets(sqlOf(manager));
      const applied = await offsets.lock(topic, partition);
      for (const message of messages) if (message.offset >= applied) await apply(manager, message);
      this.parts.failpoint('between copy and offset');
      await offsets.advance({ topic, partition, nextOffset: last.offset + 1n });
    });
  }
}

async function apply(manager: EntityManager, message: DecodedMessage): Promise<void> {
  const event = message.record === null ? null : toGolden(message);
  if (event?.status !== 'live') await manager.delete(ProductCopyEntity, { sku: message.key });
  else await manager.upsert(ProductCopyEntity, toCopy(event), ['sku']);
}

function toCopy({ key, sequence, fields }: GoldenEvent): ProductCopyEntity {
  const { name = null, active = null } = fields; // absent or empty: this service does not care which
  return { sku: key, name, active, sequence: String(sequence) } as ProductCopyEntity;
}
