import { eventually } from '#testing';
import pg from 'pg';

type Json = Readonly<Record<string, unknown>>;
interface Item {
  readonly id: string;
}

interface OrderItem extends Item {
  readonly state: string;
  readonly lines: readonly { readonly id: string; readonly quantity: number }[];
}

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

/** Address and administrator of the Vendure that the launcher started. */
export function vendureUrl(): URL {
  const address = process.env['VENDURE_URL'];
  if (!address) throw new Error('VENDURE_URL is not set: run this test by `npm run test:real`');
  return new URL(address);
}

/** A channel of its own in the test shop, and the hand of its users: GraphQL and SQL without the connector. */
export class VendureShop {
  private token: string | null = null;
  private database: pg.Pool | null = null;
  private channelId = '';

  private constructor(readonly channelToken: string) {}

  static async create(): Promise<VendureShop> {
    const name = `test-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
    const shop = new VendureShop(name);
    await shop.openChannel();
    return shop;
  }

  /** Data of a document in this channel. @throws for every error that Vendure names */
  async call<T = Json>(query: string, variables: Json = {}, path = 'admin-api'): Promise<T> {
    const { origin } = vendureUrl();
    const response = await fetch(`${origin}/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
        ...(this.channelId === '' ? {} : { 'vendure-token': this.channelToken }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(60_000),
    });
    this.token = response.headers.get('vendure-auth-token') ?? this.token;
    const { data, errors } = (await response.json()) as { readonly data: T; readonly errors?: unknown };
    if (errors) throw new Error(`Vendure: ${JSON.stringify(errors).slice(0, 500)}`);
    return data;
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
    const lock = await this.sql().connect();
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
    return (await this.call<{ readonly made: readonly Item[] }>(document, { input })).made;
  }

  async updateVariants(input: readonly Json[]): Promise<void> {
    const document = 'mutation ($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }';
    await this.call(document, { input });
  }

  /** Inputs of new variants, each in a new product. */
  async newVariants(records: readonly ShopProduct[]): Promise<Json[]> {
    const inputs: Json[] = [];
    for (const record of records) {
      const translations = [{ languageCode: 'en', name: 'p', slug: `s-${Math.random()}`, description: '' }];
      const document = 'mutation ($input: CreateProductInput!) { made: createProduct(input: $input) { id } }';
      const { made } = await this.call<{ readonly made: Item }>(document, { input: { enabled: true, translations } });
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
    return (await this.call<{ readonly list: { readonly items: readonly ShopVariant[] } }>(document)).list.items;
  }

  async variant(sku: string): Promise<ShopVariant> {
    const found = (await this.variants()).find((one) => one.sku === sku);
    if (!found) throw new Error(`no variant ${sku}`);
    return found;
  }

  /** Changes that the plugin has noted so far. */
  async countChanges(): Promise<number> {
    const { rows } = await this.sql().query<{ n: string }>('SELECT count(*) AS n FROM hub_change');
    return Number(rows[0]?.n);
  }

  sql(): pg.Pool {
    if (!this.database) throw new Error('the shop has no database yet');
    return this.database;
  }

  /** An order of a guest that is paid and shipped. */
  async order(variantId: string, quantity: number): Promise<void> {
    const guest = new VendureShop(this.channelToken);
    guest.channelId = this.channelId;
    const buy = async (mutation: string, variables: Json = {}): Promise<unknown> =>
      guest.call(mutation, variables, 'shop-api');
    await buy('mutation ($v: ID!, $q: Int!) { addItemToOrder(productVariantId: $v, quantity: $q) { __typename } }', {
      v: variantId,
      q: quantity,
    });
    await buy(`mutation { setCustomerForOrder(input: { firstName: "A", lastName: "B",
      emailAddress: "${this.channelToken}@example.org" }) { __typename } }`);
    await buy(
      `mutation { setOrderShippingAddress(input: { streetLine1: "Main 1", countryCode: "DE" }) { __typename } }`,
    );
    const methods = await guest.call<{ readonly list: readonly Item[] }>(
      '{ list: eligibleShippingMethods { id } }',
      {},
      'shop-api',
    );
    await buy('mutation ($ids: [ID!]!) { setOrderShippingMethod(shippingMethodId: $ids) { __typename } }', {
      ids: [methods.list[0]?.id],
    });
    await buy('mutation { transitionOrderToState(state: "ArrangingPayment") { __typename } }');
    await buy('mutation { addPaymentToOrder(input: { method: "dummy", metadata: {} }) { __typename } }');
    await this.ship();
  }

  /** An administrator with some rights in this channel. */
  async createAdministrator(
    permissions: readonly string[],
  ): Promise<{ readonly username: string; readonly password: string }> {
    const account = { username: `${this.channelToken}@example.net`, password: 'test-only-1' };
    const role = await this.callDefault<{ readonly made: Item }>(
      'mutation ($input: CreateRoleInput!) { made: createRole(input: $input) { id } }',
      { input: { code: this.channelToken, description: '', permissions, channelIds: [this.channelId] } },
    );
    await this.callDefault(
      'mutation ($input: CreateAdministratorInput!) { createAdministrator(input: $input) { id } }',
      {
        input: {
          ...{ firstName: 'a', lastName: 'b', emailAddress: account.username, password: account.password },
          roleIds: [role.made.id],
        },
      },
    );
    return account;
  }

  async close(): Promise<void> {
    await this.removeProducts(await this.variants());
    const id = this.channelId;
    this.channelId = ''; // a channel can't delete itself
    await this.call('mutation ($id: ID!) { deleteChannel(id: $id) { result } }', { id });
    await this.database?.end();
  }

  private async openChannel(): Promise<void> {
    await this.logIn();
    const zones = await this.call<{ readonly zones: { readonly items: readonly Item[] } }>(
      '{ zones { items { id } } }',
    );
    const zone = zones.zones.items[0]?.id;
    const input = {
      ...{ code: this.channelToken, token: this.channelToken, defaultLanguageCode: 'en', pricesIncludeTax: false },
      ...{ availableLanguageCodes: ['en', 'de'], defaultCurrencyCode: 'EUR', availableCurrencyCodes: ['EUR', 'USD'] },
      ...{ defaultTaxZoneId: zone, defaultShippingZoneId: zone },
    };
    const document =
      'mutation ($input: CreateChannelInput!) { made: createChannel(input: $input) { ... on Channel { id } } }';
    const { made } = await this.call<{ readonly made: Item }>(document, { input });
    this.database = await findDatabase(this.channelToken);
    await this.logIn(); // the rights of a session are those of its beginning
    this.channelId = made.id;
    await this.assign('stockLocations', 'StockLocations', 'stockLocationIds');
    await this.assign('shippingMethods', 'ShippingMethods', 'shippingMethodIds');
    await this.assign('paymentMethods', 'PaymentMethods', 'paymentMethodIds');
  }

  /** All of a list of the default channel, for this channel too. */
  private async assign(list: string, name: string, field: string): Promise<void> {
    type Found = { readonly list: { readonly items: readonly Item[] } };
    const found = await this.callDefault<Found>(`{ list: ${list} { items { id } } }`);
    const input = { channelId: this.channelId, [field]: found.list.items.map(({ id }) => id) };
    const document = `mutation ($input: Assign${name}ToChannelInput!) { assign${name}ToChannel(input: $input) { id } }`;
    await this.callDefault(document, { input });
  }

  private async callDefault<T = Json>(query: string, variables: Json = {}): Promise<T> {
    const id = this.channelId;
    this.channelId = '';
    try {
      return await this.call<T>(query, variables);
    } finally {
      this.channelId = id;
    }
  }

  async logIn(): Promise<void> {
    const { username, password } = vendureUrl();
    const document = 'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }';
    await this.call(document, { u: username, p: decodeURIComponent(password) });
  }

  private async removeProducts(variants: readonly ShopVariant[]): Promise<void> {
    const ids = [...new Set(variants.map(({ productId }) => productId))];
    if (ids.length > 0) await this.call('mutation ($ids: [ID!]!) { deleteProducts(ids: $ids) { result } }', { ids });
  }

  private async ship(): Promise<void> {
    const { list } = await this.call<{ readonly list: { readonly items: readonly OrderItem[] } }>(
      '{ list: orders(options: { take: 1, sort: { id: DESC } }) { items { id state lines { id quantity } } } }',
    );
    const [order] = list.items;
    if (order?.state !== 'PaymentSettled') throw new Error(`the order is ${order?.state}`);
    const lines = order.lines.map(({ id, quantity }) => ({ orderLineId: id, quantity }));
    const handler = { code: 'manual-fulfillment', arguments: [{ name: 'method', value: 'post' }] };
    const { made } = await this.call<{ readonly made: Item }>(
      `mutation ($input: FulfillOrderInput!) { made: addFulfillmentToOrder(input: $input) {
        ... on Fulfillment { id } ... on ErrorResult { message } } }`,
      { input: { lines, handler } },
    );
    const document = 'mutation ($id: ID!) { transitionFulfillmentToState(id: $id, state: "Shipped") { __typename } }';
    await this.call(document, { id: made.id });
  }

  private waitForBlocked(count: number): Promise<void> {
    const blocked = `SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    return eventually(
      async () => {
        const { rows } = await this.sql().query<{ n: number }>(blocked);
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

/** The shop's database, known by a channel that is in no other. */
async function findDatabase(token: string): Promise<pg.Pool> {
  const address = new URL(process.env['DATABASE_URL'] ?? '');
  const server = new pg.Client({ connectionString: address.href });
  await server.connect();
  const { rows } = await server.query<{ datname: string }>(
    "SELECT datname FROM pg_database WHERE datname ~ '^vendure_\\w+_\\w+$'",
  );
  await server.end();
  for (const { datname } of rows) {
    address.pathname = `/${datname}`;
    const pool = new pg.Pool({ connectionString: address.href, max: 2 });
    const found = await pool.query('SELECT FROM channel WHERE token = $1', [token]).catch(() => null);
    if (found?.rowCount === 1) return pool;
    await pool.end();
  }
  throw new Error('the database of the test shop was not found');
}
