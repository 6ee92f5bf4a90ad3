import {
  parseExternalId,
  toExternalId,
  type DeleteSource,
  type EntityTools,
  type TrytonEntity,
  type TrytonRecord,
  type TrytonRecords,
} from './entity.js';
import { ProductWriter } from './product-writer.js';
import { PRODUCT_FIELDS, productRowSchema, toProductRecord, type ProductRow } from './product-row.js';
import { parseRows, readRows, type ReadRows } from './rows.js';
import { readTranslations } from './translations.js';
import type { VariantIndex } from './variant-index.js';

/**
 * Products: one record a variant (product.product), with what its template and its identifiers say. An edit of any of the
 * three is a change of the record.
 */
export function productEntity(tools: EntityTools, variants: VariantIndex): TrytonEntity {
  return {
    rootModel: 'product.product',
    columns: productColumns(tools),
    languages: tools.languages,
    sources: [
      { model: 'product.product', root: 'id', domain: [], isRoot: true },
      { model: 'product.template', root: 'products', domain: [], isRoot: false },
      { model: 'product.identifier', root: 'product', domain: [], isRoot: false },
    ],
    deletes: productDeletes(variants),
    read: (roots) => readProducts(tools, variants, roots),
    findRoots: (codes) => findProducts(tools, codes),
    rootOf: parseExternalId,
    externalIdsOf: async (roots) => roots.map(toExternalId),
    writer: new ProductWriter(tools),
  };
}

/** A product goes by itself or with its template. */
export function productDeletes(variants: VariantIndex): readonly DeleteSource[] {
  return [
    { model: 'product.product', rootsOf: async (ids) => ids },
    { model: 'product.template', rootsOf: (ids) => variants.productsOf(ids) },
  ];
}

/** Products with these codes. */
export async function findProducts({ client }: EntityTools, codes: readonly string[]): Promise<readonly number[]> {
  const wanted = codes.filter((code) => code !== '');
  if (wanted.length === 0) return [];
  const params = [[['code', 'in', wanted]], 0, null, [['id', 'ASC']], ['id']];
  const found = await client.call('model.product.product.search_read', params, { active_test: false });
  return parseRows('product.product', found).map(({ id }) => id);
}

/** Rows of products, and those that could not be understood. Notes which template each belongs to. */
export async function readProductRows(
  tools: EntityTools,
  variants: VariantIndex,
  roots: readonly number[],
): Promise<ReadRows<ProductRow>> {
  const selection = { model: 'product.product', ids: roots, fields: PRODUCT_FIELDS };
  const read = await readRows(tools, selection, productRowSchema);
  await variants.note(read.rows.map((row) => ({ template: row['template.'].id, product: row.id })));
  return read;
}

async function readProducts(
  tools: EntityTools,
  variants: VariantIndex,
  roots: readonly number[],
): Promise<TrytonRecords> {
  const { rows, unreadable } = await readProductRows(tools, variants, roots);
  const templates = [...new Set(rows.map((row) => row['template.'].id))];
  // After the rows: a text may be newer than the version that goes with it, never older.
  const names = await readTranslations(tools, 'product.template,name', templates);
  const records: TrytonRecord[] = rows.map((row) => toProductRecord(row, tools.language, names));
  return { records, unreadable };
}

function productColumns({ language, languages }: EntityTools): ReadonlyMap<string, boolean> {
  const writable = ['code', 'ean', 'brand', 'mpn', 'unit', 'weight', 'active'];
  const names = [language, ...languages].map((each) => `name.${each}`);
  return new Map([...[...writable, ...names].map((name) => [name, true] as const), ['listPrice', false] as const]);
}
