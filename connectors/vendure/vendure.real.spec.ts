import { jest } from '@jest/globals';
import { canonicalize } from '#canonical';
import type { Connector, EntityMapping } from '#connector-sdk';
import { testConnector, type SuiteRecord, type SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock } from '#kernel';
import { lineTo } from '../../test/harness/line.js';
import { vendureUrl, VendureShop } from '../../test/harness/vendure-shop.js';
import { vendureConnector } from './connector.js';
import { toExternalId } from './mapping.js';

// a rule may need hundreds of requests, on a busy machine
jest.setTimeout(300_000);

const line = await lineTo(vendureUrl(), 'http');

const MAPPING: EntityMapping = {
  source: 'productVariants',
  key: ['sku'],
  fields: {
    ean: { from: 'customFields.ean' },
    name: { from: { de: 'name.de', en: 'name.en' } },
    brand: { from: 'customFields.brand' },
    weight: { from: 'customFields.weight' },
    active: { from: 'customFields.sellable' },
  },
  options: {},
};

/** A channel of its own in the test shop. */
class Channel implements SystemDriver {
  private constructor(
    private readonly shop: VendureShop,
    private readonly changes: 'plugin' | 'polling',
  ) {}

  static async create(changes: 'plugin' | 'polling'): Promise<Channel> {
    return new Channel(await VendureShop.create(), changes);
  }

  open(mode: 'observe' | 'write', clock: Clock, config: { readonly timeoutMs?: number } = {}): Connector {
    const { channelToken } = this.shop;
    return vendureConnector.open({
      system: 'shop',
      config: vendureConnector.configSchema.parse({
        url: line.url.href,
        channelToken,
        changes: this.changes,
        ...config,
      }),
      mappings: { product: MAPPING },
      clock,
      logger: silentLogger,
      mode,
      workFolder: '',
    });
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    await this.shop.put(records);
  }

  async putAtOneTime(records: readonly SuiteRecord[]): Promise<void> {
    await this.shop.put(records);
    const times = new Set((await this.shop.variants()).map(({ updatedAt }) => updatedAt));
    if (times.size !== 1) throw new Error(`${times.size} times instead of one`);
  }

  putLate(records: readonly SuiteRecord[]): Promise<{ commit(): Promise<void> }> {
    return this.shop.putLate(records);
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.shop.remove(keys);
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    const variants = await this.shop.variants();
    return new Map(
      variants.map(({ sku, translations, customFields }) => {
        const names = translations
          .filter(({ name }) => name !== '')
          .map(({ languageCode, name }) => [languageCode, name]);
        return [
          sku,
          {
            ean: canonical('text', customFields['ean']),
            name: canonical('texts', Object.fromEntries(names)),
            brand: canonical('text', customFields['brand']),
            weight: canonical('decimal', customFields['weight']),
            active: canonical('boolean', customFields['sellable']),
          },
        ];
      }),
    );
  }

  countWrites(): Promise<number> {
    return this.shop.countChanges();
  }

  async putUnmappable(): Promise<string> {
    const inputs = await this.shop.newVariants([{ key: '', fields: {} }]);
    const [made] = await this.shop.createVariants(inputs);
    return toExternalId(made?.id ?? '');
  }

  async close(): Promise<void> {
    await this.shop.close();
  }
}

function canonical(type: Parameters<typeof canonicalize>[0], value: unknown): CanonicalFields[string] {
  const result = canonicalize(type, value);
  return result.ok ? result.value : result.reason;
}

testConnector({
  name: 'vendure: changes from the plugin',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'none', deleteEvents: true, digest: false },
  refused: { brand: 'forbidden' },
  line: line.faults,
  setUp: () => Channel.create('plugin'),
});

testConnector({
  name: 'vendure: changes by polling',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'none', deleteEvents: false, digest: false },
  refused: { brand: 'forbidden' },
  line: line.faults,
  setUp: () => Channel.create('polling'),
});
