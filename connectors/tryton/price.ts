import { z } from 'zod';
import {
  parseExternalId,
  toExternalId,
  type EntityTools,
  type EntityWriter,
  type PlannedWrite,
  type TrytonEntity,
  type TrytonRecord,
  type TrytonRecords,
  type WriteCall,
} from './entity.js';
import { findProducts, productDeletes } from './product.js';
import { parseAnswer, parseRows, readRows } from './rows.js';
import type { VariantIndex } from './variant-index.js';
import { latest, timestampsOf, toVersion } from './versions.js';
import { decimalSchema, timeSchema, toWireDecimal } from './wire.js';

const PRICES = ['list_prices._timestamp', 'template.list_prices._timestamp'];
const FIELDS = [
  ...['code', '_timestamp', 'last_modified_at', 'list_price', 'list_price_used'],
  ...['template._timestamp', 'template.last_modified_at', 'template.products', ...PRICES],
];
const stampSchema = z.object({ id: z.int(), _timestamp: z.string() });
const priceIds = z.array(z.int());
const priceIdsSchema = z.object({
  id: z.int(),
  list_prices: priceIds,
  'template.': z.object({ list_prices: priceIds }),
});
const rowSchema = stampSchema.extend({
  code: z.string().nullable(),
  last_modified_at: timeSchema,
  list_price: decimalSchema.nullable(),
  list_price_used: decimalSchema.nullable(),
  'list_prices.': z.array(stampSchema),
  'template.': stampSchema.extend({
    last_modified_at: timeSchema,
    products: z.array(z.int()),
    'list_prices.': z.array(stampSchema),
  }),
});
type PriceRow = z.infer<typeof rowSchema>;

/**
 * Prices: the list price that Tryton uses for a variant, in the currency of the user's company. Its own rows are no model
 * that can be called: an edit writes variant or template as well, which tell it.
 */
export function priceEntity(tools: EntityTools, variants: VariantIndex): TrytonEntity {
  const currency = new CompanyCurrency(tools);
  return {
    rootModel: 'product.product',
    columns: new Map([
      ['code', true],
      ['amount', true],
      ['currency', false],
    ]),
    languages: [],
    sources: [
      { model: 'product.product', root: 'id', domain: [], isRoot: true },
      { model: 'product.template', root: 'products', domain: [], isRoot: false },
    ],
    deletes: productDeletes(variants),
    read: async (roots) => readPrices(tools, variants, roots, await currency.find()),
    findRoots: (codes) => findProducts(tools, codes),
    rootOf: parseExternalId,
    externalIdsOf: async (roots) => roots.map(toExternalId),
    writer: new PriceWriter(tools),
  };
}

/** Read once: a company never changes its currency. */
class CompanyCurrency {
  private code: string | null = null;

  constructor(private readonly tools: EntityTools) {}

  async find(): Promise<string | null> {
    if (this.code !== null) return this.code;
    const { company } = await this.tools.client.preferences();
    const params = [[['id', '=', company ?? 0]], 0, 1, null, ['currency.code']];
    const found = await this.tools.client.call('model.company.company.search_read', params);
    const schema = z.object({ 'currency.': z.object({ code: z.string() }) });
    for (const row of parseRows('company.company', found))
      this.code = parseAnswer(schema, row, 'company.company')['currency.'].code;
    return this.code;
  }
}

async function readPrices(
  tools: EntityTools,
  variants: VariantIndex,
  roots: readonly number[],
  currency: string | null,
): Promise<TrytonRecords> {
  const selection = { model: 'product.product', ids: await findPriced(tools, roots), fields: FIELDS };
  const { rows, unreadable } = await readRows(tools, selection, rowSchema);
  await variants.note(rows.map((row) => ({ template: row['template.'].id, product: row.id })));
  const priced = rows.filter((row) => row.list_price_used !== null);
  return { records: priced.map((row) => toPriceRecord(row, currency)), unreadable };
}

/** Products with a price of their own or of their template. Asking what price is used costs Tryton five times as much. */
async function findPriced(tools: EntityTools, roots: readonly number[]): Promise<readonly number[]> {
  const selection = { model: 'product.product', ids: roots, fields: ['list_prices', 'template.list_prices'] };
  const { rows } = await readRows(tools, selection, priceIdsSchema);
  return rows.flatMap(({ id, list_prices: own, 'template.': { list_prices: shared } }) =>
    own.length + shared.length > 0 ? [id] : [],
  );
}

function toPriceRecord(row: PriceRow, currency: string | null): TrytonRecord {
  const template = row['template.'];
  const prices = [...row['list_prices.'], ...template['list_prices.']];
  return {
    externalId: toExternalId(row.id),
    root: row.id,
    raw: { code: row.code, currency, amount: row.list_price_used },
    version: toVersion([row, template], prices),
    changedAt: latest([row.last_modified_at, template.last_modified_at]),
    timestamps: {
      ...timestampsOf('product.product', [row]),
      ...timestampsOf('product.template', [template]),
      ...timestampsOf('product.list_price', prices),
    },
    // A price of its own, or one of several variants: only the variant's may be changed.
    rows: {
      product: row.id,
      template: row.list_price === null && template.products.length === 1 ? template.id : null,
    },
  };
}

/** Writes list prices: of the template where it has one variant, else of the variant. */
class PriceWriter implements EntityWriter {
  readonly followUps = [];
  /** Prices of templates and of variants are calls of two models. */
  readonly updatesAlone = true;

  constructor(private readonly tools: EntityTools) {}

  async findProblem({ key, values, current }: PlannedWrite): Promise<string | null> {
    if (current === null && (await this.findProductIds([key])).length === 0)
      return `Tryton has no product for the price "${key}" yet.`;
    return values['amount'] === null ? 'Tryton keeps no price without an amount: delete it instead.' : null;
  }

  /** A price that is not there yet is an empty field of the product. */
  async create(writes: readonly PlannedWrite[]): Promise<WriteCall> {
    const ids = await this.findProductIds(writes.map(({ key }) => key));
    const params = writes.flatMap((write, at) => [[ids[at]], toPriceValues(write)]);
    return { method: 'model.product.product.write', params, context: {} };
  }

  async update(writes: readonly PlannedWrite[]): Promise<WriteCall> {
    const [first] = writes;
    return first ? toPriceCall(first, toPriceValues(first)) : { method: '', params: [], context: {} };
  }

  delete(write: PlannedWrite): WriteCall {
    return toPriceCall(write, { list_price: null });
  }

  rootsOf(_: unknown, writes: readonly PlannedWrite[]): Promise<readonly (number | null)[]> {
    return this.findProductIds(writes.map(({ key }) => key));
  }

  private async findProductIds(keys: readonly string[]): Promise<number[]> {
    const ids: number[] = [];
    for (const key of keys) ids.push(...(await findProducts(this.tools, [skuOf(key)])).slice(0, 1));
    return ids;
  }
}

function toPriceCall({ current }: PlannedWrite, values: object): WriteCall {
  const context = { _timestamp: { ...current?.timestamps } };
  const template = current?.rows['template'] ?? null;
  if (template !== null) return { method: 'model.product.template.write', params: [[template], values], context };
  return { method: 'model.product.product.write', params: [[current?.root], values], context };
}

function toPriceValues({ values }: PlannedWrite): object {
  const { amount } = values;
  return typeof amount === 'string' ? { list_price: toWireDecimal(amount) } : {};
}

/** The first of the five parts of a price's key; only it may contain the separator. */
function skuOf(key: string): string {
  return key.split('|').slice(0, -4).join('|');
}
