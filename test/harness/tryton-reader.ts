import type { Connector, EntityMapping, ObservedRecord } from '#connector-sdk';
import type { Entity } from '#contracts';
import { silentLogger, type Clock } from '#kernel';
import { trytonConnector } from '../../connectors/tryton/connector.js';
import { DEFAULT_MAPPINGS } from '../../connectors/tryton/mapping.js';
import { TEST_DATABASE, trytonUrl } from './tryton-users.js';

const MAX_PAGES = 100;

/** Products as the tests know them: texts in two languages, weights with the four digits of the test system. */
export const PRODUCT_MAPPING: EntityMapping = {
  ...DEFAULT_MAPPINGS.product,
  fields: {
    ean: { from: 'ean' },
    name: { from: { de: 'name.de', en: 'name.en' } },
    brand: { from: 'brand' },
    weight: { from: 'weight', scale: 4 },
    active: { from: 'active' },
  },
};

/** The connector on the test database; `config` replaces parts of its configuration. */
export function openTryton(mode: 'observe' | 'write', clock: Clock, config: object = {}): Connector {
  return trytonConnector.open({
    system: 'erp',
    config: trytonConnector.configSchema.parse({ url: trytonUrl(), database: TEST_DATABASE, ...config }),
    mappings: { ...DEFAULT_MAPPINGS, product: PRODUCT_MAPPING },
    clock,
    logger: silentLogger,
    mode,
    workFolder: '',
  });
}

/** What a hub would know after reading the changes of an entity: live records by key. */
export class TrytonReader {
  readonly live = new Map<string, ObservedRecord>();
  private readonly keys = new Map<string, string>();
  private cursor: string | null = null;

  constructor(
    private readonly connector: Connector,
    private readonly entity: Entity,
  ) {}

  /** Reads on until there is nothing more. */
  async readAll(limit = 100): Promise<void> {
    for (let page = 0; page < MAX_PAGES; page += 1) if (!(await this.readPage(limit))) return;
    throw new Error(`changes did not end within ${MAX_PAGES} pages`);
  }

  /** Reads one page; whether there is more. */
  async readPage(limit: number): Promise<boolean> {
    const read = await this.connector.changes(this.entity, this.cursor, limit);
    this.cursor = read.cursor;
    for (const record of read.records) this.take(record);
    return read.more;
  }

  private take(record: ObservedRecord): void {
    if (record.status === 'live') {
      this.keys.set(record.externalId, record.key);
      this.live.set(record.key, record);
    } else this.live.delete(this.keys.get(record.externalId) ?? '');
  }
}
