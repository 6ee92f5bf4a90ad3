import { eventually } from '#testing';
import { VendureChannel, type Item, type Json } from './vendure-channel.js';
import { placeOrder } from './vendure-order.js';

export { vendureUrl } from './vendure-channel.js';

/** A record as the tests put it: canonical fields of a product. */
export interface ShopProduct {
  readonly key: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A variant as the shop's own users see it. */
export interface ShopVariant extends Item {
  readonly sku: string;
  readonly updatedAt: string;
  readonly productId: string;
  readonly translations: readonly { readonly languageCode: string; readonly name: string }[];
  readonly customFields: Readonly<Record<string, unknown>>;
}

/** Products in a channel of their own of the test shop, by the hand of its users: GraphQL and SQL without the connector. */
export class VendureShop {
  private constructor(readonly channel: VendureChannel) {}

  static async create(): Promise<VendureShop> {
    return new VendureShop(await VendureChannel.open());
  }

  get channelToken(): string {
    return this.channel.token;
  }

  /** Inserts or replaces products; new variants and changed ones in one transaction each. */
  async put(records: readonly ShopProduct[]): Promise<void> {
    const known = new Map((await this.variants()).map(({ sku, id }) => [sku, id]));
    const fresh = records.filter(({ key }) => !known.has(key));
    const changed = records.filter(({ key }) => known.has(key));
    if (fresh.length > 0) await this.createVariants(await this.newVariants(fresh));
    if (changed.length > 0) await this.updateVariants(changed.map((one) => toUpdate(known.get(one.key) ?? '', one)));
  }

  /** Puts records in transactions that stay open until `commit`: each waits for a row that another session locks. */
  async putLate(records: readonly ShopProduct[]): Promise<{ commit(): Promise<void> }> {
    await this.put([{ key: 'locked', fields: {} }]);
    const known = new Map((await this.variants()).map(({ sku, id }) => [sku, id]));
    const lockedId = known.get('locked');
    const fresh = await this.newVariants([
      ...records.filter(({ key }) => !known.has(key)),
      { key: 'beside', fields: {} },
    ]);
    const updates = records.filter(({ key }) => known.has(key)).map((one) => toUpdate(known.get(one.key) ?? '', one));
    const lock = await this.channel.sql().connect();
    await lock.query('BEGIN');
    await lock.query('SELECT FROM product WHERE id = $1 FOR UPDATE', [fresh.at(-1)?.['productId']]);
    await lock.query('SELECT FROM product_variant WHERE id = $1 FOR UPDATE', [lockedId]);
    const done = Promise.all([
      this.createVariants(fresh),
      this.updateVariants([...updates, { id: lockedId, enabled: false }]),
    ]);
    done.catch(() => undefined); // told by commit
    const commit = async (): Promise<void> => {
      await lock.query('COMMIT');
      lock.release();
      await done;
    };
    await this.waitForBlocked(2).catch((error: unknown) => commit().then(() => Promise.reject(error as Error)));
    return { commit };
  }

  async createVariants(input: readonly Json[]): Promise<readonly Item[]> {
    const document =
      'mutation ($input: [CreateProductVariantInput!]!) { made: createProductVariants(input: $input) { id } }';
    return (await this.channel.call<{ readonly made: readonly Item[] }>(document, { input })).made;
  }

  async updateVariants(input: readonly Json[]): Promise<void> {
    const document = 'mutation ($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }';
    await this.channel.call(document, { input });
  }

  /** Inputs of new variants, each in a new product. */
  async newVariants(records: readonly ShopProduct[]): Promise<Json[]> {
    const inputs: Json[] = [];
    for (const record of records) {
      const translations = [{ languageCode: 'en', name: 'p', slug: `s-${Math.random()}`, description: '' }];
      const document = 'mutation ($input: CreateProductInput!) { made: createProduct(input: $input) { id } }';
      const { made } = await this.channel.call<{ readonly made: Item }>(document, {
        input: { enabled: true, translations },
      });
      inputs.push(toCreate(made.id, record));
    }
    return inputs;
  }

  async remove(keys: readonly string[]): Promise<void> {
    const gone = (await this.variants()).filter(({ sku }) => keys.includes(sku));
    await this.removeProducts(gone);
  }

  async variants(): Promise<readonly ShopVariant[]> {
    const document = `{ list: productVariants(options: { take: 5000, sort: { id: ASC } }) { items {
      id sku updatedAt productId translations { languageCode name } customFields { ean brand weight sellable } } } }`;
    return (await this.channel.call<{ readonly list: { readonly items: readonly ShopVariant[] } }>(document)).list
      .items;
  }

  async variant(sku: string): Promise<ShopVariant> {
    const found = (await this.variants()).find((one) => one.sku === sku);
    if (!found) throw new Error(`no variant ${sku}`);
    return found;
  }

  /** Changes that the plugin has noted so far. */
  async countChanges(): Promise<number> {
    const { rows } = await this.channel.sql().query<{ n: string }>('SELECT count(*) AS n FROM hub_change');
    return Number(rows[0]?.n);
  }

  /** An order of a guest that is paid and shipped. */
  async order(variantId: string, quantity: number): Promise<void> {
    await placeOrder(this.channel, { variantId, quantity });
  }

  async close(): Promise<void> {
    await this.removeProducts(await this.variants());
    await this.channel.close();
  }

  private async removeProducts(variants: readonly ShopVariant[]): Promise<void> {
    const ids = [...new Set(variants.map(({ productId }) => productId))];
    if (ids.length > 0)
      await this.channel.call('mutation ($ids: [ID!]!) { deleteProducts(ids: $ids) { result } }', { ids });
  }

  private waitForBlocked(count: number): Promise<void> {
    const blocked = `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return eventually(
      async () => {
        const { rows } = await this.channel.sql().query<{ n: number }>(blocked);
        if ((rows[0]?.n ?? 0) < count) throw new Error('not blocked yet');
      },
      { timeoutMs: 30_000 },
    );
  }
}

function toCreate(productId: string, { key, fields }: ShopProduct): Json {
  const input = toUpdate('', { key, fields });
  return { ...input, id: undefined, productId, sku: key };
}

function toUpdate(id: string, record: ShopProduct | undefined): Json {
  const { name = null, ean = null, brand = null, weight = null, active = null } = record?.fields ?? {};
  const names = (name ?? {}) as Readonly<Record<string, string>>;
  return {
    id,
    translations: ['en', 'de'].map((languageCode) => ({ languageCode, name: names[languageCode] ?? '' })),
    customFields: { ean, brand, weight: weight === null ? null : Number(weight), sellable: active },
  };
}
