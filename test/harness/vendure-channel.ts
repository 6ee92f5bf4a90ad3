import pg from 'pg';

/** What a GraphQL document takes and answers. */
export type Json = Readonly<Record<string, unknown>>;

/** Anything that Vendure made. */
export interface Item {
  readonly id: string;
}

/** Address and administrator of the Vendure that the launcher started. */
export function vendureUrl(): URL {
  const address = process.env['VENDURE_URL'];
  if (!address) throw new Error('VENDURE_URL is not set: run this test by `npm run test:real`');
  return new URL(address);
}

/** A session in a channel of the test shop, by GraphQL, and the shop's database. */
export class VendureChannel {
  private session: string | null = null;
  private database: pg.Pool | null = null;

  private constructor(
    readonly token: string,
    private id = '',
  ) {}

  /** A new channel, in which the administrator is logged in. */
  static async open(): Promise<VendureChannel> {
    const channel = new VendureChannel(`test-${Date.now()}-${Math.floor(Math.random() * 1e6)}`);
    await channel.create();
    return channel;
  }

  /** The same channel as somebody sees it who is not logged in. */
  asGuest(): VendureChannel {
    return new VendureChannel(this.token, this.id);
  }

  /** Data of a document in this channel. @throws for every error that Vendure names */
  async call<T = Json>(query: string, variables: Json = {}, path = 'admin-api'): Promise<T> {
    const { origin } = vendureUrl();
    const response = await fetch(`${origin}/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.session === null ? {} : { authorization: `Bearer ${this.session}` }),
        ...(this.id === '' ? {} : { 'vendure-token': this.token }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(60_000),
    });
    this.session = response.headers.get('vendure-auth-token') ?? this.session;
    const { data, errors } = (await response.json()) as { readonly data: T; readonly errors?: unknown };
    if (errors) throw new Error(`Vendure: ${JSON.stringify(errors).slice(0, 500)}`);
    return data;
  }

  async logIn(): Promise<void> {
    const { username, password } = vendureUrl();
    const document = 'mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }';
    await this.call(document, { u: username, p: decodeURIComponent(password) });
  }

  sql(): pg.Pool {
    if (!this.database) throw new Error('the shop has no database yet');
    return this.database;
  }

  /** An administrator with some rights in this channel. */
  async createAdministrator(
    permissions: readonly string[],
  ): Promise<{ readonly username: string; readonly password: string }> {
    const account = { username: `${this.token}@example.net`, password: 'test-only-1' };
    const role = await this.callDefault<{ readonly made: Item }>(
      'mutation ($input: CreateRoleInput!) { made: createRole(input: $input) { id } }',
      { input: { code: this.token, description: '', permissions, channelIds: [this.id] } },
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

  /** Deletes the channel, which must be empty. */
  async close(): Promise<void> {
    // a channel can't delete itself
    await this.callDefault('mutation ($id: ID!) { deleteChannel(id: $id) { result } }', { id: this.id });
    await this.database?.end();
  }

  private async create(): Promise<void> {
    await this.logIn();
    const zones = await this.call<{ readonly zones: { readonly items: readonly Item[] } }>(
      '{ zones { items { id } } }',
    );
    const zone = zones.zones.items[0]?.id;
    const input = {
      ...{ code: this.token, token: this.token, defaultLanguageCode: 'en', pricesIncludeTax: false },
      ...{ availableLanguageCodes: ['en', 'de'], defaultCurrencyCode: 'EUR', availableCurrencyCodes: ['EUR', 'USD'] },
      ...{ defaultTaxZoneId: zone, defaultShippingZoneId: zone },
    };
    const document =
      'mutation ($input: CreateChannelInput!) { made: createChannel(input: $input) { ... on Channel { id } } }';
    const { made } = await this.call<{ readonly made: Item }>(document, { input });
    this.database = await findDatabase(this.token);
    await this.logIn(); // the rights of a session are those of its beginning
    this.id = made.id;
    await this.assign('stockLocations', 'StockLocations', 'stockLocationIds');
    await this.assign('shippingMethods', 'ShippingMethods', 'shippingMethodIds');
    await this.assign('paymentMethods', 'PaymentMethods', 'paymentMethodIds');
  }

  /** All of a list of the default channel, for this channel too. */
  private async assign(list: string, name: string, field: string): Promise<void> {
    type Found = { readonly list: { readonly items: readonly Item[] } };
    const found = await this.callDefault<Found>(`{ list: ${list} { items { id } } }`);
    const input = { channelId: this.id, [field]: found.list.items.map(({ id }) => id) };
    const document = `mutation ($input: Assign${name}ToChannelInput!) { assign${name}ToChannel(input: $input) { id } }`;
    await this.callDefault(document, { input });
  }

  private async callDefault<T = Json>(query: string, variables: Json = {}): Promise<T> {
    const id = this.id;
    this.id = '';
    try {
      return await this.call<T>(query, variables);
    } finally {
      this.id = id;
    }
  }
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
