import { afterEach, beforeEach } from '@jest/globals';
import type { Connector, EntityMapping } from '#connector-sdk';
import { silentLogger } from '#kernel';
import { restConnector } from '../../connectors/rest/connector.js';
import { SmallShop } from './small-shop.js';

type Settings = Readonly<Record<string, unknown>>;

const OPTIONS = {
  version: 'rev',
  versionOrder: 'numeric',
  updated: { path: 'modified', format: 'iso-seconds' },
  deleted: { path: 'removed' },
  records: 'data.list',
  record: 'article',
  numbers: ['price'],
  get: { path: '/articles/{id}' },
  byKey: { query: { sku: '{sku}' } },
  create: { method: 'POST', path: '/articles' },
  update: { method: 'PUT', path: '/articles/{id}', headers: { 'If-Match': '"{version}"' }, body: '{record}' },
  delete: { method: 'DELETE', path: '/articles/{id}', headers: { 'If-Match': '"{version}"' } },
};

/** How the small shop's lists are paged, and how what changed is asked for. */
export const OFFSET = { kind: 'offset', offset: 'skip', limit: 'take', pageSize: 4 };
export const SINCE = { kind: 'since', query: { sort: 'modified' }, since: { since: '{at}' }, paging: OFFSET };

/** A small shop for each test of a file, and connectors of the kind `rest` to it. Make it at the top of the file. */
export class ShopUnderTest {
  /** What the connectors take for the time. */
  nowMs = 0;
  private readonly opened: Connector[] = [];
  private current: SmallShop | null = null;

  constructor() {
    beforeEach(async () => {
      this.current = await SmallShop.open();
      this.nowMs = Date.now();
    });
    afterEach(async () => {
      await Promise.all(this.opened.splice(0).map((connector) => connector.close()));
      await this.shop.close();
    });
  }

  get shop(): SmallShop {
    if (!this.current) throw new Error('the shop is there inside tests only');
    return this.current;
  }

  /** A connector; closed at the end of the test. */
  open(options: Settings = {}, config: Settings = {}): Connector {
    const mapping: EntityMapping = {
      source: '/articles',
      key: ['sku'],
      fields: { brand: { from: 'title' }, weight: { from: 'price' } },
      options: { ...OPTIONS, list: { query: {}, paging: OFFSET }, ...options },
    };
    const connector = restConnector.open({
      system: 'shop',
      config: restConnector.configSchema.parse({
        baseUrl: `http://${this.shop.host}`,
        allowedHosts: [this.shop.host],
        timeoutMs: 300,
        rate: { perSecond: 10_000, burst: 10_000, concurrency: 4 },
        ...config,
      }),
      mappings: { product: mapping },
      clock: { nowMs: () => this.nowMs, sleep: async (ms) => void (this.nowMs += ms) },
      logger: silentLogger,
      mode: 'write',
      workFolder: '',
    });
    this.opened.push(connector);
    return connector;
  }
}

/** Keys of a scan's first page. */
export async function keysOf(connector: Connector): Promise<string[]> {
  const { records } = await connector.scan('product', { from: null, to: null }, null, 1_000);
  return records.map(({ key }) => String(key));
}

/** Article numbers `A-10` on. */
export const many = (count: number): string[] => Array.from({ length: count }, (_, n) => `A-${String(n + 10)}`);
