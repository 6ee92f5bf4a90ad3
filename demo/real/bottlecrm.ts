import type { DemoCustomer } from '../data/customers.js';
import { SqlStore } from '../stores/sql-store.js';

const TIMEOUT_MS = 30_000;
const FILL = `
  INSERT INTO accounts (id, created_at, updated_at, is_active, is_sample, org_id, name, email, phone, custom_fields)
  SELECT gen_random_uuid(), now(), now(), true, false, o.id, r.name, r.email, r.phone,
    jsonb_build_object('customer_number', r.number)
  FROM jsonb_to_recordset($1) AS r(number text, name text, email text, phone text)
  CROSS JOIN (SELECT id FROM organization WHERE name = 'Plumbline' LIMIT 1) AS o`;

/** The CRM as its users see it: accounts are edited by its API, read by SQL. */
export class BottleCrm {
  readonly sql: SqlStore;

  /** @param url with the token as password, its fragment naming the database */
  constructor(
    private readonly url: URL,
    serverUrl: string,
  ) {
    const database = new URL(serverUrl);
    database.pathname = `/${url.hash.slice(1)}`;
    this.sql = new SqlStore('bottlecrm', database.href);
  }

  /** Replaces the accounts of a run before, as an import does; one by one its API takes a tenth of a CPU second each. */
  async fill(customers: readonly DemoCustomer[]): Promise<void> {
    await this.sql.query('DELETE FROM accounts');
    const rows = customers.map(({ number, name, email, phone }) => ({
      number,
      name: name.toUpperCase(),
      email,
      phone,
    }));
    await this.sql.query(FILL, [JSON.stringify(rows)]);
  }

  /** Edits the account of a customer. @throws Error with the CRM's words when it refuses */
  async edit(number: string, change: object): Promise<void> {
    const text = "SELECT id::text FROM accounts WHERE custom_fields ->> 'customer_number' = $1";
    const [row] = await this.sql.query<{ id: string }>(text, [number]);
    const response = await fetch(`${this.url.origin}/api/accounts/${row?.id}/`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${decodeURIComponent(this.url.password)}` },
      body: JSON.stringify(change),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`BottleCRM answers ${response.status}: ${(await response.text()).slice(0, 300)}`);
  }

  close(): Promise<void> {
    return this.sql.close();
  }
}
