import type { Database } from '#store-postgres';
import { createProducts, ERP_FIELDS, SHOP_FIELDS } from '../products.js';

/** As long as no transaction on either store takes. */
export const OVERLAP_MS = 2_000;

/** An ERP that owns products, and a shop that owns their category; users write both. */
export const SOAK_SYSTEMS = `
systems:
  erp:
    connector: sql
    config: { url: '\${BENCH_URL}', schema: erp }
    entities:
      product:
        source: article
        key: [article_no]
        options: { id: article_no, changedAt: modified_at, overlapMs: ${OVERLAP_MS} }
        fields:
          ${ERP_FIELDS}
  shop:
    connector: sql
    mode: write
    config: { url: '\${BENCH_URL}', schema: shop }
    entities:
      product:
        source: product
        key: [sku]
        options: { id: sku, changedAt: updated_at, overlapMs: ${OVERLAP_MS} }
        fields:
          ${SHOP_FIELDS}
survivorship:
  product:
    version: 1
    create: [erp]
    delete: [erp]
    owner: { erp: [ean, name, brand, unit, weight, taxClass, active], shop: [category] }
limits:
  live: { product: { maxChangedShare: 1, minChanged: 1000000 } }
reconcile: { every: 24h }
`;

/**
 * The weight in grams is the revision of a product, and rises with every write of the ERP's users; the category is the
 * revision of the shop's own word. Whatever happens to either column is noted by a trigger that the hub cannot reach.
 */
const EXTRAS = [
  `CREATE FUNCTION erp.touch() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN NEW.modified_at := clock_timestamp(); RETURN NEW; END $$`,
  'CREATE TRIGGER touch BEFORE UPDATE ON erp.article FOR EACH ROW EXECUTE FUNCTION erp.touch()',
  `CREATE TABLE public.applied (
     id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sku text NOT NULL, was_weight int, weight int NOT NULL,
     was_category int, category int, at timestamptz NOT NULL DEFAULT clock_timestamp())`,
  'CREATE INDEX ON public.applied (at)',
  `CREATE FUNCTION shop.note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
     INSERT INTO public.applied (sku, was_weight, weight, was_category, category) VALUES (
       NEW.sku, OLD.weight_kg * 1000, NEW.weight_kg * 1000, OLD.category::int, NEW.category::int);
     RETURN NULL; END $$`,
  'CREATE TRIGGER note AFTER INSERT OR UPDATE ON shop.product FOR EACH ROW EXECUTE FUNCTION shop.note()',
  `CREATE TABLE public.planted (
     sku text COLLATE "C" PRIMARY KEY, kind text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())`,
];

/** Creates both stores and fills the ERP; the shop is empty. */
export async function createSoakStores(database: Database, count: number): Promise<void> {
  await createProducts(database, count);
  for (const statement of EXTRAS) await database.query(statement);
}

/** External id of the product of this number, from 1. */
export function skuOf(number: number): string {
  return `P-${String(number).padStart(7, '0')}`;
}

/** Rows of either store that differ in what the ERP owns; extra rows of the shop that the bench planted do not count. */
export async function countBehind(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(`
    SELECT count(*)::int AS count FROM erp.article e FULL JOIN shop.product s ON s.sku = e.article_no
    WHERE (s.sku, s.ean, s.name_de, s.name_en, s.brand, s.unit, s.weight_kg, s.tax_class, s.active)
      IS DISTINCT FROM (e.article_no, e.ean13, e.title_de, e.title_en, e.maker, e.unit, e.weight_g * 0.001, e.tax,
        e.sellable)
      AND NOT EXISTS (SELECT FROM public.planted p WHERE p.kind = 'foreign' AND p.sku = s.sku)`);
  return row?.count ?? 0;
}
