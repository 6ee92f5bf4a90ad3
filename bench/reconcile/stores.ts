import { bitsTextSql, rowBitsSql } from '#canonical';
import type { Database } from '#store-postgres';

/** How the store with the drift differs from the one that the mirror knows. */
export interface Drift {
  readonly edited: number;
  readonly missing: number;
  readonly extra: number;
}

/** Fields of the shop's product, where a hub file's mapping has them. */
export const MAPPED_FIELDS = [
  'ean: ean',
  'name: { from: { de: name_de, en: name_en } }',
  'description: { from: { de: description_de, en: description_en } }',
  'brand: brand',
  'category: category',
  'unit: unit',
  "weight: { from: weight_g, factor: '0.001' }",
  'taxClass: tax_class',
  'active: active',
].join('\n          ');

/** The system whose table the hub reconciles: it is only observed, and every difference asks first. */
export const SHOP = `
systems:
  shop:
    connector: sql
    mode: observe
    config: { url: '\${BENCH_URL}', schema: public }
    entities:
      product:
        source: product
        key: [sku]
        options: { id: sku, changedAt: updated_at, version: src_version }
        fields:
          ${MAPPED_FIELDS}
survivorship:
  product:
    version: 1
    create: [shop]
    delete: [shop]
    owner: { shop: [ean, name, description, brand, category, unit, weight, taxClass, active] }
limits:
  repair:
    product: { maxChangedShare: 0, minChanged: 0, maxDeleteShare: 0, minDeletes: 0 }
reconcile: { every: 24h }
`;

/** Columns of the digest, and those that the peer compares. */
export const MAPPED = [
  ...['sku', 'ean', 'name_de', 'name_en', 'description_de', 'description_en', 'brand', 'category'],
  ...['unit', 'weight_g', 'tax_class', 'active'],
] as const;

const TABLE = `
  CREATE TABLE product (
    sku text COLLATE "C" PRIMARY KEY, ean text, name_de text, name_en text, description_de text, description_en text,
    brand text, category text, unit text, weight_g numeric(12, 1), tax_class text, active boolean,
    updated_at timestamptz NOT NULL, src_version bigint NOT NULL)`;
/** As the connector's README asks for: else each poll of the cursor reads the whole table. */
const INDEX = 'CREATE INDEX ON product (updated_at, sku)';

/** A product; \`i\` is its number. The same for every run. */
const productSql = (i: string): string => `
  'P-' || lpad((${i})::text, 8, '0'), lpad((4000000000000 + ${i})::text, 13, '0'),
  'Sechskantschraube Größe ' || ${i} || ' verzinkt', 'Hexagon bolt size ' || ${i} || ' galvanised',
  'Nr. ' || ${i} || ': Schraube mit Außensechskant; verzinkt, für Holz ~ ' || md5((${i})::text),
  'No. ' || ${i} || ': bolt with hexagon head, galvanised, for wood ' || md5((${i} + 1)::text) || md5((${i} + 2)::text),
  'Maker ' || ${i} % 97, 'G' || ${i} % 211, 'C62', 5 + ${i} % 20000 + (${i} % 10) / 10.0,
  CASE ${i} % 3 WHEN 0 THEN 'reduced' ELSE 'full' END, ${i} % 50 <> 0,
  date_trunc('day', clock_timestamp()) - interval '400 days' + (${i}) * interval '1 second', 1 + ${i} % 9`;

/** What each fifth of the edits changes. */
const EDITS = [
  'weight_g = weight_g + 0.1',
  `ean = ean || '1'`,
  `name_de = name_de || ' neu'`,
  `description_en = overlay(description_en PLACING '#' FROM 40)`,
  `active = NOT active`,
];

/** Creates an empty table of products. */
export async function createStore(database: Database): Promise<void> {
  await database.query(TABLE);
  await database.query(INDEX);
}

/** A product written just now, from which the hub's cursor starts. */
export async function insertMarker(database: Database): Promise<void> {
  await database.query(
    `INSERT INTO product (sku, ean, name_de, active, updated_at, src_version) VALUES ('A-MARKER', '1', 'Marke', true, clock_timestamp(), 1)`,
  );
}

/** Fills the table with \`count\` products that were last written long ago. Product numbers are even. */
export async function fillStore(database: Database, count: number): Promise<void> {
  for (let from = 1; from <= count; from += 100_000)
    await database.query(
      `INSERT INTO product SELECT ${productSql('2 * i')} FROM generate_series($1::int, $2::int) AS i`,
      [from, Math.min(count, from + 99_999)],
    );
}

/** Plants the drift at random, and keeps it in table \`drift\` (sku, kind). One edit in five touches the time and the version. */
export async function plantDrift(database: Database, count: number, drift: Drift): Promise<void> {
  const { edited, missing, extra } = drift;
  await database.query('CREATE TABLE drift (sku text COLLATE "C" PRIMARY KEY, kind text NOT NULL, n int NOT NULL)');
  await database.query('SELECT setseed(0.5)');
  await database.query(
    `INSERT INTO drift SELECT sku, CASE WHEN n <= $1 THEN 'changed' ELSE 'missing' END, n
     FROM (SELECT sku, row_number() OVER (ORDER BY md5(sku)) AS n FROM product WHERE sku LIKE 'P-%') AS shuffled
     WHERE n <= $1::int + $2::int`,
    [edited, missing],
  );
  for (const [index, edit] of EDITS.entries())
    await database.query(
      `UPDATE product AS p SET ${edit}, updated_at = updated_at + CASE WHEN n % 25 < 5 THEN interval '1 hour' ELSE '0' END,
         src_version = src_version + CASE WHEN n % 25 < 5 THEN 1 ELSE 0 END
       FROM drift AS d WHERE d.sku = p.sku AND d.kind = 'changed' AND d.n % ${EDITS.length} = ${index}`,
    );
  await database.query(`DELETE FROM product AS p USING drift AS d WHERE d.sku = p.sku AND d.kind = 'missing'`);
  await database.query(
    `INSERT INTO product SELECT ${productSql('i')}
     FROM (SELECT 2 * i - 1 AS i FROM generate_series(1, $1::int) AS i ORDER BY md5(i::text) LIMIT $2) AS odd`,
    [count, extra],
  );
  await database.query(
    `INSERT INTO drift SELECT sku, 'foreign', 0 FROM product WHERE sku LIKE 'P-%' AND right(sku, 1)::int % 2 = 1`,
  );
}

/** A difference that a round must find. */
export interface Planted {
  readonly sku: string;
  readonly kind: string;
}

/** What {@link plantDrift} planted. */
export function readPlanted(database: Database): Promise<readonly Planted[]> {
  return database.query<Planted>('SELECT sku, kind FROM drift');
}

/** Statistics and visibility as a server has them after a while. */
export async function settleStore(database: Database, table: string): Promise<void> {
  await database.query(`VACUUM (ANALYZE, FREEZE) ${table}`);
}

/** Digest of a row as the connector `sql` computes it: id, and mapped columns by name. */
const ROW_DIGEST = bitsTextSql(rowBitsSql(['sku', ...[...MAPPED].sort()].map((name) => `p."${name}"`)));

/** Canonical fields of a product as the mapping reads them. */
const FIELDS = `jsonb_build_object('ean', ean, 'name', jsonb_build_object('de', name_de, 'en', name_en),
  'description', jsonb_build_object('de', description_de, 'en', description_en), 'brand', brand, 'category', category,
  'unit', unit, 'weight', trim_scale(weight_g * 0.001)::text, 'taxClass', tax_class, 'active', active)`;

/** Fills the mirror with what a first import of table \`product\` (beside it, schema public) would have left. */
export async function fillMirror(database: Database, count: number): Promise<void> {
  for (let from = 1; from <= count; from += 100_000)
    await database.query(
      `INSERT INTO mirror (entity, external_id, key, live, digest, version, observation, contribution, golden, differs, attempts,
         retry_at_ms, undone, undone_since_ms, bulk, moved_by)
       SELECT 'product', sku, sku, true, digest, src_version,
         json_build_object('version', src_version::text, 'status', 'live', 'fields', fields, 'digest', digest)::text,
         json_build_array(1, 1, 'live', 0, (SELECT json_object_agg(key, json_build_array(value, null, 1, 0)) FROM jsonb_each(fields))),
         json_build_array(1, 1, 'live', 1, fields), '{}', 0, 0, 0, 0, false, pg_current_xact_id()
       FROM (SELECT p.sku, p.src_version, ${ROW_DIGEST} AS digest, ${FIELDS} AS fields FROM public.product AS p
             WHERE sku >= 'P-' || lpad((2 * $1::int)::text, 8, '0') AND sku <= 'P-' || lpad((2 * $2::int)::text, 8, '0')) AS read`,
      [from, Math.min(count, from + 99_999)],
    );
}

/** Shares of the size as whole numbers. */
export function scaled({ edited, missing, extra }: Drift, size: number): Drift {
  const of = (share: number): number => Math.round(share * size);
  return { edited: of(edited), missing: of(missing), extra: of(extra) };
}
