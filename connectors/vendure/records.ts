import {
  toCanonicalRecord,
  toKeyColumns,
  type FetchResult,
  type FetchSelector,
  type ObservedRecord,
  type RejectedRecord,
} from '#connector-sdk';
import { parseInstant, type BusinessKey, type ExternalId } from '#kernel';
import { z, ZodError } from 'zod';
import type { VendureClient } from './client.js';
import type { EntityPlan } from './entity-plan.js';
import { toExternalId, toVendureId, type Row } from './mapping.js';
import { productSchema, type Product } from './items.js';
import { selectCustom } from './shapes.js';
import { readShop, type Shop } from './shop.js';

/** What one page of a list gave. */
export interface ListPage extends FetchResult {
  /** Vendure's id and time of every item, in the order of the list, whether it could be mapped or not. */
  readonly items: readonly { readonly id: string; readonly updatedAt: string }[];
}

const OPTION_TYPES = { productVariants: 'ProductVariantListOptions', customers: 'CustomerListOptions' } as const;
const itemsSchema = z.object({ list: z.object({ items: z.array(z.unknown()) }) });
const markSchema = z
  .object({ id: z.string().default(''), updatedAt: z.string().default('') })
  .catch({ id: '', updatedAt: '' });

/** Reads records of the shop's lists. One item that does not fit is rejected; the others go on. */
export class Records {
  private known: Promise<Shop> | null = null;

  constructor(
    private readonly client: VendureClient,
    private readonly listLimit: number,
  ) {}

  /** The server's own configuration, read once. */
  shop(): Promise<Shop> {
    this.known ??= readShop(this.client).catch((error: unknown) => {
      this.known = null;
      throw error;
    });
    return this.known;
  }

  /** One page of the entity's list; `take` is bounded by `listLimit`. */
  async list(plan: EntityPlan, options: Readonly<Record<string, unknown>>, take: number): Promise<ListPage> {
    const shop = await this.shop();
    const { list: name } = plan.shape;
    const time = plan.shape.isPolled ? '' : 'updatedAt';
    const document = `query ($options: ${OPTION_TYPES[name]}) {
      list: ${name}(options: $options) { items { ${plan.shape.select(shop)} ${time} } } }`;
    const variables = { options: { ...options, take: Math.min(take, this.listLimit) } };
    const { items } = (await this.client.run(document, variables, itemsSchema)).list;
    const products = plan.readsProduct ? await this.readProducts(items, shop) : new Map<string, Product>();
    const pages = items.map((item) => toRecords(plan, item, shop, products));
    return {
      records: pages.flatMap(({ records }) => records),
      rejected: pages.flatMap(({ rejected }) => rejected),
      items: items.map((item) => markSchema.parse(item)),
    };
  }

  /** Records of items that a mutation answered, for entities that need nothing besides; those that do not fit are missing. */
  ofItems(plan: EntityPlan, items: readonly unknown[], shop: Shop): readonly ObservedRecord[] {
    return items.flatMap((item) => toRecords(plan, item, shop, new Map()).records);
  }

  /** Records now, by external id or business key. */
  async fetch(plan: EntityPlan, selector: FetchSelector): Promise<FetchResult> {
    if (selector.by === 'externalId') return this.fetchByIds(plan, selector.ids);
    return this.fetchByKeys(plan, selector.keys);
  }

  /** Every record of these variants or customers, by Vendure's ids. */
  fetchItems(plan: EntityPlan, ids: readonly string[]): Promise<FetchResult> {
    return this.fetchIn(plan, 'id', ids);
  }

  private async fetchByIds(plan: EntityPlan, externalIds: readonly ExternalId[]): Promise<FetchResult> {
    const ids = new Set(externalIds.flatMap((externalId) => toVendureId(externalId) ?? []));
    const wanted = new Set<string>(externalIds);
    const { records, rejected } = await this.fetchItems(plan, [...ids]);
    return { records: records.filter(({ externalId }) => wanted.has(externalId)), rejected };
  }

  private async fetchByKeys(plan: EntityPlan, keys: readonly BusinessKey[]): Promise<FetchResult> {
    const { search } = plan;
    if (search === null) return { records: [], rejected: [] };
    const values = keys.flatMap((key) => {
      const columns = toKeyColumns(plan.mapping, plan.entity, key);
      const value = columns.ok ? columns.value[search.column] : undefined;
      return value === undefined || value === '' ? [] : [value];
    });
    const wanted = new Set(keys);
    const { records, rejected } = await this.fetchIn(plan, search.filter, [...new Set(values)]);
    return { records: records.filter(({ key }) => wanted.has(key)), rejected };
  }

  /** In pages of half the limit: a key may belong to more than one record. */
  private async fetchIn(plan: EntityPlan, field: string, values: readonly string[]): Promise<FetchResult> {
    const records: ObservedRecord[] = [];
    const rejected: RejectedRecord[] = [];
    const size = Math.ceil(this.listLimit / 2);
    for (let start = 0; start < values.length; start += size) {
      const filter = { [field]: { in: values.slice(start, start + size) } };
      const page = await this.list(plan, { filter, sort: { id: 'ASC' } }, this.listLimit);
      records.push(...page.records);
      rejected.push(...page.rejected);
    }
    return { records, rejected };
  }

  /** A product that does not fit is missing, so that its variant is rejected. */
  private async readProducts(items: readonly unknown[], shop: Shop): Promise<ReadonlyMap<string, Product>> {
    const schema = z.object({ productId: z.string() });
    const ids = new Set(items.flatMap((item) => schema.safeParse(item).data?.productId ?? []));
    const document = `query ($options: ProductListOptions) { list: products(options: $options) { items {
      id enabled updatedAt translations { languageCode name slug description } ${selectCustom(shop, 'Product')} } } }`;
    const variables = { options: { filter: { id: { in: [...ids] } }, take: this.listLimit } };
    const read = await this.client.run(document, variables, itemsSchema);
    const products = read.list.items.flatMap((item) => productSchema.safeParse(item).data ?? []);
    return new Map(products.map((product) => [product.id, product]));
  }
}

function toRecords(
  plan: EntityPlan,
  item: unknown,
  shop: Shop,
  products: ReadonlyMap<string, Product>,
): { readonly records: ObservedRecord[]; readonly rejected: RejectedRecord[] } {
  const { productId = '' } = (item ?? {}) as { readonly productId?: string };
  const product = products.get(productId) ?? null;
  if (plan.readsProduct && product === null) return rejectItem(item, `product ${productId} does not fit or is gone`);
  try {
    const mapped = plan.shape.toRows(item, shop, product).map((row) => toRecord(plan, row));
    return {
      records: mapped.filter((record) => 'key' in record),
      rejected: mapped.filter((record) => 'reason' in record),
    };
  } catch (error) {
    if (!(error instanceof ZodError)) throw error;
    const reasons = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
    return rejectItem(item, `Vendure's answer does not fit: ${reasons.join('; ')}`);
  }
}

function rejectItem(item: unknown, reason: string): ReturnType<typeof toRecords> {
  const { id } = markSchema.parse(item);
  return { records: [], rejected: [{ externalId: id === '' ? 'unknown' : toExternalId(id), reason }] };
}

function toRecord(plan: EntityPlan, { externalId, version, changedAt, raw }: Row): ObservedRecord | RejectedRecord {
  const mapped = toCanonicalRecord(plan.mapping, plan.descriptor, raw);
  if (!mapped.ok) return { externalId, reason: mapped.reason };
  const { key, fields } = mapped;
  const at = changedAt === null ? null : parseInstant(changedAt);
  return { externalId, key, version, changedAt: at, status: 'live', fields, digest: null };
}
