import { z } from 'zod';
import {
  parseExternalId,
  toExternalId,
  type EntityTools,
  type TrytonEntity,
  type TrytonRecord,
  type TrytonRecords,
  type UnreadableRow,
} from './entity.js';
import { findProducts, productDeletes } from './product.js';
import { parseAnswer, parseRows, readRows, type ReadRows } from './rows.js';
import type { VariantIndex } from './variant-index.js';

const productSchema = z.object({
  id: z.int(),
  code: z.string().nullable(),
  'template.': z.object({ id: z.int(), type: z.string() }),
});
const quantitySchema = z.object({ id: z.int(), quantity: z.number().nullable() });
const warehouseSchema = z.object({ id: z.int(), code: z.string().nullable(), name: z.string().nullable() });
type Warehouse = z.infer<typeof warehouseSchema>;

/**
 * Stock: one record for every product and warehouse, zero included. What Tryton has on hand is the sum of its done moves;
 * a move writes neither product nor warehouse, so that changes are found by the moves themselves.
 */
export function stockEntity(tools: EntityTools, variants: VariantIndex): TrytonEntity {
  return {
    rootModel: 'product.product',
    columns: new Map(['code', 'location', 'onHand'].map((name) => [name, false])),
    languages: [],
    sources: [
      { model: 'product.product', root: 'id', domain: [], isRoot: true },
      { model: 'stock.move', root: 'product', domain: [['state', '=', 'done']], isRoot: false },
    ],
    deletes: productDeletes(variants),
    read: (roots) => readStock(tools, variants, roots),
    findRoots: (codes) => findProducts(tools, codes),
    rootOf: (externalId) => parseExternalId(externalId.split('-')[0] ?? ''),
    externalIdsOf: async (roots) => {
      const warehouses = await readWarehouses(tools);
      return roots.flatMap((root) => warehouses.map(({ id }) => toStockId(root, id)));
    },
    writer: null,
    whyReadOnly: 'Stock in Tryton is the sum of its moves: count it there, the hub only reads it.',
  };
}

async function readStock(tools: EntityTools, variants: VariantIndex, roots: readonly number[]): Promise<TrytonRecords> {
  const selection = { model: 'product.product', ids: roots, fields: ['code', 'template.type'] };
  const { rows, unreadable } = await readRows(tools, selection, productSchema);
  await variants.note(rows.map((row) => ({ template: row['template.'].id, product: row.id })));
  const stored = rows.filter((row) => row['template.'].type !== 'service');
  const excluded = rows.filter((row) => !stored.includes(row)).map(({ id }) => id);
  const ids = stored.map(({ id }) => id);
  const records: TrytonRecord[] = [];
  const problems: UnreadableRow[] = [...unreadable];
  for (const warehouse of await readWarehouses(tools)) {
    const read = await readQuantities(tools, warehouse, ids);
    const quantities = new Map(read.rows.map(({ id, quantity }) => [id, quantity]));
    records.push(...stored.map((row) => toStockRecord(row, warehouse, quantities)));
    problems.push(...read.unreadable);
  }
  return { records, unreadable: problems, excluded };
}

/** On hand now, in the product's unit: the quantity is a field computed for the locations of the context. */
function readQuantities(
  { client, language }: EntityTools,
  { id }: Warehouse,
  ids: readonly number[],
): Promise<ReadRows<z.infer<typeof quantitySchema>>> {
  const located = {
    language,
    client: {
      call: (method: string, params: readonly unknown[], context = {}) =>
        client.call(method, params, { ...context, locations: [id] }),
    },
  };
  return readRows(located, { model: 'product.product', ids, fields: ['quantity'] }, quantitySchema);
}

async function readWarehouses({ client }: EntityTools): Promise<readonly Warehouse[]> {
  const params = [[['type', '=', 'warehouse']], 0, null, [['id', 'ASC']], ['code', 'name']];
  const found = await client.call('model.stock.location.search_read', params);
  return parseRows('stock.location', found).map((row) => parseAnswer(warehouseSchema, row, 'stock.location'));
}

function toStockRecord(
  { id, code }: z.infer<typeof productSchema>,
  warehouse: Warehouse,
  quantities: ReadonlyMap<number, number | null>,
): TrytonRecord {
  const quantity = quantities.get(id) ?? null;
  return {
    externalId: toStockId(id, warehouse.id),
    root: id,
    raw: { code, location: warehouse.code ?? warehouse.name, onHand: quantity === null ? null : String(quantity) },
    version: null,
    changedAt: null,
    timestamps: {},
    rows: {},
  };
}

function toStockId(product: number, warehouse: number): string {
  return `${toExternalId(product)}-${toExternalId(warehouse)}`;
}
