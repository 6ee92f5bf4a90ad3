import { erpSystem } from '../faults/stores.js';

/** What differs between specs: lines of YAML at their depth, each with its line break. */
export interface SmallShopHub {
  readonly pageSize: number;
  /** Of the connector's `config`. */
  readonly config?: string;
  /** Of the entity's `options`. */
  readonly options?: string;
}

/** Systems of a hub whose ERP is in PostgreSQL and whose shop is a `SmallShop`, at this host and port. */
export function smallShopSystems(host: string, { pageSize, config = '', options = '' }: SmallShopHub): string {
  return `
systems:${erpSystem("{ brand: maker, weight: { from: weight_g, factor: '0.001' } }")}
  shop:
    connector: rest
    config:
      baseUrl: http://${host}
      allowedHosts: ['${host}']
      rate: { perSecond: 2000, burst: 2000, concurrency: 8 }
${config}    entities:
      product:
        source: /articles
        key: [sku]
        fields: { brand: title, weight: { from: price, scale: 3 } }
        options:
          version: rev
          versionOrder: numeric
          records: data.list
          record: article
          numbers: [price]
${options}          list: { query: {}, paging: { kind: offset, offset: skip, limit: take, pageSize: ${pageSize} } }
          get: { path: '/articles/{id}' }
          byKey: { query: { sku: '{sku}' } }
          create: { method: POST, path: /articles }
          update: { method: PUT, path: '/articles/{id}', headers: { If-Match: '"{version}"' }, body: '{record}' }
          delete: { method: DELETE, path: '/articles/{id}', headers: { If-Match: '"{version}"' } }
survivorship:
  product: { version: 1, create: [erp], delete: [erp], owner: { erp: [brand, weight] } }
limits:
  live: { product: { maxChangedShare: 1, minChanged: 1000000 } }
`;
}
