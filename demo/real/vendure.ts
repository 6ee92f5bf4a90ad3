import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { SqlStore } from '../stores/sql-store.js';

const answerSchema = z.object({ data: z.unknown(), errors: z.unknown() }).partial();
const TIMEOUT_MS = 60_000;
const AUDITED = [
  ...['product', 'product_translation', 'product_variant', 'product_variant_translation'],
  ...['product_variant_price', 'stock_level', 'customer'],
];

/** The shop as its users see it: edited by the Admin API, read (and damaged) by SQL. */
export class VendureShop {
  readonly sql: SqlStore;
  private token: string | null = null;

  /** @param url of the server, with its administrator, its fragment naming the database */
  constructor(
    private readonly url: URL,
    serverUrl: string,
  ) {
    const database = new URL(serverUrl);
    database.pathname = `/${url.hash.slice(1)}`;
    this.sql = new SqlStore('vendure', database.href);
  }

  /** Adds the demo's audit, and deletes products and customers of a run before. */
  async empty(): Promise<void> {
    await this.sql.audit(AUDITED);
    await this.sql.query(readFileSync(join(import.meta.dirname, 'vendure.sql'), 'utf8'));
  }

  /** Edits a variant, as somebody in the shop's back office does. */
  async editVariant(sku: string, input: object): Promise<void> {
    const [row] = await this.sql.query<{ id: number }>(
      'SELECT id FROM product_variant WHERE sku = $1 AND "deletedAt" IS NULL',
      [sku],
    );
    const document = 'mutation ($input: [UpdateProductVariantInput!]!) { updateProductVariants(input: $input) { id } }';
    await this.call(document, { input: [{ id: String(row?.id), ...input }] });
  }

  /** Edits a customer. */
  async editCustomer(number: string, input: object): Promise<void> {
    const [row] = await this.sql.query<{ id: number }>('SELECT id FROM customer WHERE "customFieldsNumber" = $1', [
      number,
    ]);
    const document = 'mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { __typename } }';
    await this.call(document, { input: { id: String(row?.id), ...input } });
  }

  close(): Promise<void> {
    return this.sql.close();
  }

  private async call(query: string, variables: object): Promise<void> {
    if (this.token === null) {
      const [u, p] = [decodeURIComponent(this.url.username), decodeURIComponent(this.url.password)];
      await this.post('mutation ($u: String!, $p: String!) { login(username: $u, password: $p) { __typename } }', {
        u,
        p,
      });
    }
    await this.post(query, variables);
  }

  /** @throws Error for every error that Vendure names */
  private async post(query: string, variables: object): Promise<void> {
    const response = await fetch(`${this.url.origin}/admin-api`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
      },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    this.token = response.headers.get('vendure-auth-token') ?? this.token;
    const { errors } = answerSchema.parse(await response.json());
    if (errors !== undefined) throw new Error(`Vendure: ${JSON.stringify(errors).slice(0, 500)}`);
  }
}
