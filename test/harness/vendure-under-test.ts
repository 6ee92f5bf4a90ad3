import { afterEach, beforeEach } from '@jest/globals';
import type { Connector, EntityMapping, ObservedRecord } from '#connector-sdk';
import type { Entity } from '#contracts';
import { silentLogger, systemClock, type BusinessKey } from '#kernel';
import { vendureConnector } from '../../connectors/vendure/connector.js';
import { vendureUrl, VendureShop } from './vendure-shop.js';

const MAPPINGS: Partial<Record<Entity, EntityMapping>> = {
  product: {
    source: 'productVariants',
    key: ['sku'],
    fields: {
      name: { from: 'name' },
      brand: { from: 'customFields.brand' },
      description: { from: { en: 'product.description.en' } },
      active: { from: 'enabled' },
    },
    options: {},
  },
  price: {
    source: 'productVariants',
    key: ['sku', '=retail', 'currency', '=', '='],
    fields: {
      amount: { from: 'amount', factor: '0.01', scale: 0 },
      currency: { from: 'currency' },
      taxIncluded: { from: 'taxIncluded', readOnly: true },
    },
    options: {},
  },
  'stock-level': {
    source: 'productVariants',
    key: ['sku', 'location'],
    fields: { onHand: { from: 'onHand', scale: 0 } },
    options: {},
  },
  customer: {
    source: 'customers',
    key: ['emailAddress'],
    fields: {
      name: { from: 'lastName' },
      email: { from: 'emailAddress' },
      city: { from: 'address.city', readOnly: true },
      vatId: { from: 'customFields.vatId' },
    },
    options: {},
  },
};

/** A channel of its own for each test of a file, with the product `A`, and a connector to it. Make it at the top of the file. */
export class VendureUnderTest {
  private current: { readonly shop: VendureShop; readonly connector: Connector } | null = null;

  constructor() {
    beforeEach(async () => {
      const shop = await VendureShop.create();
      this.current = { shop, connector: openVendure(shop) };
      await shop.put([{ key: 'A', fields: { name: { en: 'Screw' } } }]);
    });
    afterEach(() => this.shop.close());
  }

  get shop(): VendureShop {
    return this.there.shop;
  }

  get connector(): Connector {
    return this.there.connector;
  }

  /** Another connector to the same channel. */
  open(config: Record<string, unknown> = {}): Connector {
    return openVendure(this.shop, config);
  }

  /** Reads to the end; what was read, and the cursor. */
  async readOn(entity: Entity, from: string | null): Promise<{ records: ObservedRecord[]; cursor: string }> {
    const records: ObservedRecord[] = [];
    let cursor = from;
    for (let page = 0; page < 100; page += 1) {
      const read = await this.connector.changes(entity, cursor, 50);
      records.push(...read.records);
      cursor = read.cursor;
      if (!read.more) return { records, cursor };
    }
    throw new Error('the changes do not end');
  }

  /** Reads until there is something: any transaction left open on the database server holds the plugin's changes back. */
  async readNews(entity: Entity, from: string): Promise<readonly ObservedRecord[]> {
    for (let cursor = from; ; await systemClock.sleep(100)) {
      const read = await this.readOn(entity, cursor);
      if (read.records.length > 0) return read.records;
      cursor = read.cursor;
    }
  }

  async getOne(entity: Entity, key: string): Promise<ObservedRecord> {
    const { records } = await this.connector.fetch(entity, { by: 'key', keys: [key as BusinessKey] });
    if (!records[0]) throw new Error(`${key} was not found`);
    return records[0];
  }

  private get there(): NonNullable<VendureUnderTest['current']> {
    if (!this.current) throw new Error('the shop is there inside tests only');
    return this.current;
  }
}

function openVendure(shop: VendureShop, config: Record<string, unknown> = {}): Connector {
  return vendureConnector.open({
    system: 'shop',
    config: vendureConnector.configSchema.parse({
      url: vendureUrl().href,
      channelToken: shop.channelToken,
      changes: 'plugin',
      ...config,
    }),
    mappings: MAPPINGS,
    clock: systemClock,
    logger: silentLogger,
    mode: 'write',
    workFolder: '',
  });
}
