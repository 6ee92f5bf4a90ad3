import type { CanonicalFields } from '#kernel';
import type { Database } from '#store-postgres';

const block = (fields: readonly string[]): string => fields.join('\n          ');

/** Fields of the ERP's article, but for its category, where a hub file's mapping has them. */
export const ERP_FIELDS = block([
  'ean: ean13',
  'name: { from: { de: title_de, en: title_en } }',
  'brand: maker',
  'unit: unit',
  "weight: { from: weight_g, factor: '0.001' }",
  'taxClass: tax',
  'active: sellable',
]);

/** Fields of the shop's product. */
export const SHOP_FIELDS = block([
  'ean: ean',
  'name: { from: { de: name_de, en: name_en } }',
  'brand: brand',
  'category: category',
  'unit: unit',
  'weight: weight_kg',
  'taxClass: tax_class',
  'active: active',
]);

/** Systems of the first-import bench: two tables of different shapes, in schemas of one database. */
export const FIRST_IMPORT_SYSTEMS = `
systems:
  erp:
    connector: sql
    config: { url: '\${BENCH_URL}', schema: erp }
    entities:
      product:
        source: article
        key: [article_no]
        options: { id: article_no, changedAt: modified_at }
        fields:
          category: group_code
          ${ERP_FIELDS}
  shop:
    connector: sql
    mode: write
    config: { url: '\${BENCH_URL}', schema: shop }
    entities:
      product:
        source: product
        key: [sku]
        options: { id: sku, changedAt: updated_at }
        fields:
          ${SHOP_FIELDS}
survivorship:
  product:
    version: 1
    create: [erp]
    delete: [erp]
    owner: { erp: [ean, name, brand, category, unit, weight, taxClass, active] }
`;

const TABLES = `
  CREATE SCHEMA erp; CREATE SCHEMA shop;
  CREATE TABLE erp.article (
    article_no text COLLATE "C" PRIMARY KEY, ean13 text, title_de text, title_en text, maker text, group_code text,
    unit text, weight_g int, tax text, sellable boolean NOT NULL, modified_at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE INDEX ON erp.article (modified_at, article_no);
  CREATE TABLE shop.product (
    sku text COLLATE "C" PRIMARY KEY, ean text, name_de text, name_en text, brand text, category text, unit text,
    weight_kg numeric(12,3), tax_class text, active boolean, updated_at timestamptz NOT NULL DEFAULT clock_timestamp());
  CREATE INDEX ON shop.product (updated_at, sku);
  CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$;
  CREATE TRIGGER touch BEFORE UPDATE ON shop.product FOR EACH ROW EXECUTE FUNCTION shop.touch();`;

/** Creates both tables and fills the ERP with `count` products, the same for every run. */
export async function createProducts(database: Database, count: number): Promise<void> {
  for (const statement of TABLES.split(/;\s*\n(?=\s*CREATE)|;(?=\s*CREATE SCHEMA)/)) await database.query(statement);
  await database.query(
    `INSERT INTO erp.article
     SELECT 'P-' || lpad(i::text, 7, '0'), lpad((4000000000000 + i)::text, 13, '0'),
       'Sechskantschraube Größe ' || i || ' verzinkt', 'Hexagon bolt size ' || i || ' galvanised',
       'Maker ' || i % 97, 'G' || i % 211, 'C62', 5 + i % 20000, CASE i % 3 WHEN 0 THEN 'reduced' ELSE 'full' END,
       i % 50 <> 0, clock_timestamp() - interval '30 days' + i * interval '1 second'
     FROM generate_series(1, $1) AS i`,
    [count],
  );
  await database.query('ANALYZE erp.article');
}

/** Rows of either store that have no equal row in the other. */
export async function countUnequal(database: Database): Promise<number> {
  const [row] = await database.query<{ unequal: number }>(`
    SELECT count(*)::int AS unequal
    FROM erp.article e FULL JOIN shop.product s ON s.sku = e.article_no
    WHERE (s.sku, s.ean, s.name_de, s.name_en, s.brand, s.category, s.unit, s.weight_kg, s.tax_class, s.active)
      IS DISTINCT FROM (e.article_no, e.ean13, e.title_de, e.title_en, e.maker, e.group_code, e.unit,
        e.weight_g * 0.001, e.tax, e.sellable)`);
  return row?.unequal ?? 0;
}

/** Canonical fields of a product with this number, all that there are; `edition` shows in its weight. */
export function bolt(index: number, edition: number): CanonicalFields {
  return {
    ean: String(4_000_000_000_000 + index),
    name: { de: `Sechskantschraube Größe ${index} verzinkt`, en: `Hexagon bolt size ${index} galvanised` },
    brand: `Maker ${index % 97}`,
    category: `G${index % 211}`,
    unit: 'C62',
    weight: `${5 + (edition % 20_000)}.125`,
    taxClass: index % 3 === 0 ? 'reduced' : 'full',
    active: index % 50 !== 0,
  };
}
