import { comparable, type BenchProduct } from './erp.js';

interface Item {
  readonly id: string;
}
interface List<T> {
  readonly list: { readonly items: readonly T[]; readonly totalItems: number };
}
interface Variant extends Item {
  readonly sku: string;
  readonly productId: string;
  readonly enabled: boolean;
  readonly name: string;
  readonly customFields: { readonly brand: string | null; readonly weight: number | null };
}

/** As many products as the connector puts into one document. */
const BATCH = 25;
const PAGE = 500;

/** A channel of its own in a Vendure, through the Admin API, without the hub. */
export class BenchShop {
  private token = '';
  private channelId = '';
  /** Token of the channel; empty before there is one. */
  channelToken = '';

  private constructor(private readonly address: URL) {}

  static async open(address: string, name: string): Promise<BenchShop> {
    const shop = new BenchShop(new URL(address));
    await shop.logIn();
    const { list } = await shop.call<List<Item>>('{ list: zones { items { id } } }');
    const zone = list.items[0]?.id;
    const input = {
      ...{
        code: name,
        token: name,
        defaultLanguageCode: 'en',
        availableLanguageCodes: ['en'],
        pricesIncludeTax: false,
      },
      ...{ defaultCurrencyCode: 'EUR', availableCurrencyCodes: ['EUR'] },
      ...{ defaultTaxZoneId: zone, defaultShippingZoneId: zone },
    };
    const document =
      'mutation ($input: CreateChannelInput!) { made: createChannel(input: $input) { ... on Channel { id } } }';
    const { made } = await shop.call<{ readonly made: Item }>(document, { input });
    await shop.logIn(); // the rights of a session are those of its beginning
    const locations = await shop.call<List<Item>>('{ list: stockLocations { items { id } } }');
    const assigned = { channelId: made.id, stockLocationIds: locations.list.items.map(({ id }) => id) };
    const assign =
      'mutation ($input: AssignStockLocationsToChannelInput!) { assignStockLocationsToChannel(input: $input) { id } }';
    await shop.call(assign, { input: assigned });
    [shop.channelId, shop.channelToken] = [made.id, name];
    return shop;
  }

  /** What the shop holds, as text by SKU; a second record of one SKU makes it unequal to any. */
  async read(): Promise<Map<string, string>> {
    const read = new Map<string, string>();
    for (const { sku, name, customFields, enabled } of await this.variants()) {
      const text = comparable(name, customFields.brand, customFields.weight, enabled);
      read.set(sku, read.has(sku) ? `two records of ${sku}` : text);
    }
    return read;
  }

  /** The mutations that the connector sends for new products, and nothing else; products a second. */
  async createBare(products: readonly BenchProduct[], parallel: number): Promise<number> {
    const batches: BenchProduct[][] = [];
    for (let start = 0; start < products.length; start += BATCH) batches.push(products.slice(start, start + BATCH));
    const startedAt = performance.now();
    const work = async (): Promise<void> => {
      for (let batch = batches.shift(); batch; batch = batches.shift()) await this.createBatch(batch);
    };
    await Promise.all(Array.from({ length: parallel }, work));
    return products.length / ((performance.now() - startedAt) / 1000);
  }

  /** Takes everything out of the channel, and the channel away. */
  async close(): Promise<void> {
    const ids = (await this.variants()).map(({ productId }) => productId);
    const document = 'mutation ($ids: [ID!]!) { deleteProducts(ids: $ids) { result } }';
    for (let start = 0; start < ids.length; start += PAGE)
      await this.call(document, { ids: ids.slice(start, start + PAGE) });
    const id = this.channelId;
    this.channelToken = ''; // a channel can't delete itself
    await this.call('mutation ($id: ID!) { deleteChannel(id: $id) { result } }', { id });
  }

  private async createBatch(batch: readonly BenchProduct[]): Promise<void> {
    const head = batch.map((_, n) => `$i${n}: CreateProductInput!`).join(', ');
    const body = batch.map((_, n) => `m${n}: createProduct(input: $i${n}) { id }`).join(' ');
    const inputs = batch.map(({ sku, name }) => ({
      enabled: true,
      translations: [{ languageCode: 'en', slug: sku.toLowerCase(), name, description: '' }],
    }));
    const variables = Object.fromEntries(inputs.map((input, n) => [`i${n}`, input]));
    const made = await this.call<Record<string, Item>>(`mutation (${head}) { ${body} }`, variables);
    const input = batch.map(({ sku, name, brand, weight }, n) => ({
      ...{ productId: made[`m${n}`]?.id, sku, enabled: true, customFields: { brand, weight } },
      translations: [{ languageCode: 'en', name }],
    }));
    await this.call(
      'mutation ($input: [CreateProductVariantInput!]!) { createProductVariants(input: $input) { id } }',
      { input },
    );
  }

  private async variants(): Promise<Variant[]> {
    const document = `query ($skip: Int!) { list: productVariants(options: { skip: $skip, take: ${PAGE}, sort: { id: ASC } }) {
      totalItems items { id sku productId enabled name customFields { brand weight } } } }`;
    const found: Variant[] = [];
    for (;;) {
      const { list } = await this.call<List<Variant>>(document, { skip: found.length });
      found.push(...list.items);
      if (list.items.length === 0 || found.length >= list.totalItems) return found;
    }
  }

  private async logIn(): Promise<void> {
    const { username, password } = this.address;
    const document = 'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }';
    await this.call(document, { u: username, p: decodeURIComponent(password) });
  }

  private async call<T = unknown>(query: string, variables: object = {}): Promise<T> {
    const response = await fetch(new URL('/admin-api', this.address.origin), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token === '' ? {} : { authorization: `Bearer ${this.token}` }),
        ...(this.channelToken === '' ? {} : { 'vendure-token': this.channelToken }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(120_000),
    });
    this.token = response.headers.get('vendure-auth-token') ?? this.token;
    const { data, errors } = (await response.json()) as { readonly data: T; readonly errors?: unknown };
    if (errors) throw new Error(`Vendure: ${JSON.stringify(errors).slice(0, 500)}`);
    return data;
  }
}
