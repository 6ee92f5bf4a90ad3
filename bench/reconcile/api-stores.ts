import type { Database } from '#store-postgres';
import { MAPPED_FIELDS, SHOP } from './stores.js';

const TAIL = SHOP.slice(SHOP.indexOf('survivorship:'));

/** The shop as a system with an HTTP API: a thousand products a page, and a rate that does not count here. */
export const API_SHOP = `
systems:
  shop:
    connector: rest
    mode: observe
    config:
      baseUrl: http://\${BENCH_HOST}
      allowedHosts: ['\${BENCH_HOST}']
      rate: { perSecond: 10000, burst: 10000, concurrency: 4 }
    entities:
      product:
        source: /products
        key: [sku]
        fields:
          ${MAPPED_FIELDS}
        options:
          id: sku
          version: version
          updated: { path: updated }
          records: products
          overlapMs: 1000
          list: { query: {}, paging: { kind: keyset, after: { after: '{id}' }, limit: limit, pageSize: 1000 } }
          changes: { kind: keyset, query: { sort: updated }, after: { since: '{at}', after: '{id}' }, limit: limit, pageSize: 1000 }
          get: { path: '/products/{id}' }
          byId: { query: { skus: '{each}' }, each: '{id}', join: ',', batch: 250 }
          byKey: { query: { skus: '{each}' }, each: '{sku}', join: ',', batch: 250 }
${TAIL}`;

const text = (column: string): string => `coalesce(to_json(p.${column})::text, 'null')`;

/** The text of an observation of product `p` as the hub stores it. */
export const OBSERVATION = `'{"version":"' || p.src_version || '","status":"live","digest":null,"fields":{"ean":' || ${text('ean')}
  || ',"name":{"de":' || ${text('name_de')} || ',"en":' || ${text('name_en')} || '},"description":{"de":' || ${text('description_de')}
  || ',"en":' || ${text('description_en')} || '},"brand":' || ${text('brand')} || ',"category":' || ${text('category')}
  || ',"unit":' || ${text('unit')} || ',"weight":' || coalesce('"' || trim_scale(p.weight_g * 0.001) || '"', 'null')
  || ',"taxClass":' || ${text('tax_class')} || ',"active":' || ${text('active')} || '}}'`;

/** Fills the mirror with what a first import of table `product` (beside it, schema public) would have left. */
export async function fillApiMirror(database: Database, count: number): Promise<void> {
  for (let from = 1; from <= count; from += 100_000)
    await database.query(
      `INSERT INTO mirror (entity, external_id, key, live, digest, version, observation, contribution, golden, differs, attempts,
         retry_at_ms, undone, undone_since_ms, bulk, moved_by)
       SELECT 'product', sku, sku, true, null, src_version, text,
         json_build_array(1, 1, 'live', 0,
           (SELECT json_object_agg(key, json_build_array(value, null, 1, 0)) FROM json_each(text::json -> 'fields'))),
         json_build_array(1, 1, 'live', 1, text::json -> 'fields'), '{}', 0, 0, 0, 0, false, pg_current_xact_id()
       FROM (SELECT p.sku, p.src_version, ${OBSERVATION} AS text FROM public.product AS p
             WHERE sku >= 'P-' || lpad((2 * $1::int)::text, 8, '0') AND sku <= 'P-' || lpad((2 * $2::int)::text, 8, '0')) AS read`,
      [from, Math.min(count, from + 99_999)],
    );
}
