import type { Connector, EntityMapping } from '#connector-sdk';
import type { SuiteRecord, SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type CanonicalValue, type Clock } from '#kernel';
import { eventually } from '#testing';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { bottlecrmConnector } from '../../connectors/bottlecrm/connector.js';
import { serverAddresses } from './servers.js';
import { systemAddress } from './systems.js';

const COLUMNS = {
  name: 'name',
  email: 'email',
  phone: 'phone',
  street: 'address_line',
  postcode: 'postcode',
  city: 'city',
  country: 'country',
} as const;
const CUSTOM = { vatId: 'vat_id', priceGroup: 'price_group' } as const;
/** Accounts as customers, their number in a custom field. */
export const MAPPING: EntityMapping = {
  source: 'accounts',
  key: ['custom_fields.customer_number'],
  fields: {
    ...Object.fromEntries(Object.entries(COLUMNS).map(([field, column]) => [field, { from: column }])),
    ...Object.fromEntries(
      Object.entries(CUSTOM).map(([field, column]) => [field, { from: `custom_fields.${column}` }]),
    ),
  },
  options: {},
};
/** Rows that a test needs are copies of the stack's own, so that no column of the vendor's is named in vain. */
const NEW_ORGANISATION = `
  WITH own AS (SELECT o FROM organization AS o WHERE o.name = 'Plumbline' LIMIT 1),
  org AS (
    INSERT INTO organization SELECT (jsonb_populate_record(own.o, jsonb_build_object(
      'id', gen_random_uuid(), 'name', $1::text, 'api_key', $1::text))).* FROM own RETURNING id),
  fields AS (
    INSERT INTO custom_field_definition SELECT (jsonb_populate_record(f, jsonb_build_object(
      'id', gen_random_uuid(), 'org_id', org.id))).*
    FROM custom_field_definition AS f JOIN own ON f.org_id = (own.o).id CROSS JOIN org),
  profile AS (
    INSERT INTO profile SELECT (jsonb_populate_record(p, jsonb_build_object(
      'id', gen_random_uuid(), 'org_id', org.id, 'role', $2::text))).*
    FROM profile AS p JOIN own ON p.org_id = (own.o).id CROSS JOIN org RETURNING id),
  token AS (
    INSERT INTO personal_access_token SELECT (jsonb_populate_record(t, jsonb_build_object(
      'id', gen_random_uuid(), 'org_id', org.id, 'profile_id', profile.id,
      'token_hash', encode(sha256($3::text::bytea), 'hex')))).*
    FROM personal_access_token AS t JOIN own ON t.org_id = (own.o).id CROSS JOIN org CROSS JOIN profile)
  SELECT id::text FROM org`;
const RECORDS = `jsonb_to_recordset($2) AS r(key text, name text, email text, phone text, address_line text,
  postcode text, city text, country text, custom_fields jsonb)`;
const HAS_KEY = "a.org_id = $1::uuid AND a.custom_fields ->> 'customer_number' = r.key";
const UPDATE = `UPDATE accounts AS a SET (name, email, phone, address_line, postcode, city, country, custom_fields) =
  (r.name, r.email, r.phone, r.address_line, r.postcode, r.city, r.country, r.custom_fields) FROM ${RECORDS}
  WHERE ${HAS_KEY}`;
const INSERT = `INSERT INTO accounts (id, created_at, updated_at, is_active, is_sample, org_id, name, email, phone,
    address_line, postcode, city, country, custom_fields)
  SELECT gen_random_uuid(), now(), now(), r.n % 3 > 0, false, $1::uuid, r.name, r.email, r.phone,
    r.address_line, r.postcode, r.city, r.country, r.custom_fields
  FROM (SELECT row_number() OVER () AS n, r.* FROM ${RECORDS}) AS r
  WHERE NOT EXISTS (SELECT FROM accounts AS a WHERE ${HAS_KEY})`;

/** An organisation of its own; its users write by SQL. Every third account is a closed one. */
export class CrmOrganisation implements SystemDriver {
  private constructor(
    private readonly pool: pg.Pool,
    private readonly id: string,
    private readonly token: string,
  ) {}

  static async create(role = 'ADMIN'): Promise<CrmOrganisation> {
    const pool = new pg.Pool({ connectionString: databaseUrl(), max: 2 });
    const name = `suite ${randomBytes(6).toString('hex')}`;
    const token = `bcrm_pat_${randomBytes(20).toString('hex')}`;
    const { rows } = await pool.query<{ id: string }>(NEW_ORGANISATION, [name, role, token]);
    return new CrmOrganisation(pool, rows[0]?.id ?? '', token);
  }

  open(mode: 'observe' | 'write', clock: Clock, change: Readonly<Record<string, unknown>> = {}): Connector {
    return bottlecrmConnector.open({
      system: 'crm',
      config: bottlecrmConnector.configSchema.parse({ url: crmUrl().origin, token: this.token, ...change }),
      mappings: { customer: MAPPING },
      clock,
      logger: silentLogger,
      mode,
      workFolder: '',
    });
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    const parameters = [this.id, JSON.stringify(records.map(toAccount))];
    await this.query(UPDATE, parameters);
    await this.query(INSERT, parameters);
  }

  async remove(keys: readonly string[]): Promise<void> {
    const sql = "DELETE FROM accounts WHERE org_id = $1 AND custom_fields ->> 'customer_number' = ANY ($2)";
    await this.query(sql, [this.id, keys]);
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    const sql = 'SELECT to_jsonb(a) AS account FROM accounts AS a WHERE org_id = $1';
    const rows = await this.query(sql, [this.id]);
    return new Map(rows.map(({ account }) => fromAccount(account as Account)));
  }

  async countWrites(): Promise<number> {
    const sql = 'SELECT coalesce(sum(xmin::text::bigint), 0)::text AS n FROM accounts WHERE org_id = $1';
    const [row] = await this.query(sql, [this.id]);
    return Number(row?.['n']);
  }

  /** An account that nobody gave a customer number. */
  async putUnmappable(): Promise<string> {
    await this.query(INSERT, [this.id, JSON.stringify([{ name: 'no number', custom_fields: {} }])]);
    const sql = "SELECT id::text FROM accounts WHERE org_id = $1 AND name = 'no number'";
    const [row] = await this.query(sql, [this.id]);
    return String(row?.['id']);
  }

  /** Runs SQL of a test's own; `$1` is the organisation. */
  async query(sql: string, parameters: readonly unknown[] = [this.id]): Promise<Record<string, unknown>[]> {
    return (await this.pool.query<Record<string, unknown>>(sql, [...parameters])).rows;
  }

  /** Lets every account be read and none be written until it is released. */
  async holdWrites(): Promise<{ isAwaited(): Promise<void>; release(): Promise<void> }> {
    const holder = await this.pool.connect();
    await holder.query('BEGIN; LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE');
    const waiters = "SELECT FROM pg_locks WHERE relation = 'accounts'::regclass AND NOT granted";
    return {
      isAwaited: () =>
        eventually(
          async () => {
            if ((await holder.query(waiters)).rowCount === 0) throw new Error('no write waits');
          },
          { timeoutMs: 30_000 },
        ),
      release: async () => {
        await holder.query('COMMIT');
        holder.release();
      },
    };
  }

  /** Only the CRM's own code could remove all that hangs off an organisation. */
  async close(): Promise<void> {
    await this.query('DELETE FROM personal_access_token WHERE org_id = $1');
    await this.pool.end();
  }
}

/** Runs a test on an organisation of its own; its token belongs to somebody of that role. */
export async function withOrganisation(role: string, work: (crm: CrmOrganisation) => Promise<void>): Promise<void> {
  const crm = await CrmOrganisation.create(role);
  try {
    await work(crm);
  } finally {
    await crm.close();
  }
}

/** The CRM of this run, with the stack's own token as the password. */
export function crmUrl(): URL {
  return new URL(systemAddress('BOTTLECRM_URL'));
}

/** The database that the launcher names in the address. */
function databaseUrl(): string {
  const url = new URL(serverAddresses().databaseUrl);
  url.pathname = `/${crmUrl().hash.slice(1)}`;
  return url.href;
}

type Values = Readonly<Record<string, CanonicalValue>>;
type Account = Values & { readonly custom_fields: Values & object };

function toAccount({ key, fields }: SuiteRecord): Readonly<Record<string, CanonicalValue | Values>> {
  const rename = (names: Readonly<Record<string, string>>): [string, CanonicalValue][] =>
    Object.entries(names).map(([field, column]) => [column, fields[field] ?? null]);
  const set = rename(CUSTOM).filter(([, value]) => value !== null);
  return {
    key,
    ...Object.fromEntries(rename(COLUMNS)),
    custom_fields: { customer_number: key, ...Object.fromEntries(set) },
  };
}

function fromAccount(account: Account): [string, CanonicalFields] {
  const read = (names: Readonly<Record<string, string>>, values: Values): [string, CanonicalValue][] =>
    Object.entries(names).map(([field, column]) => [field, values[column] ?? null]);
  const { custom_fields: custom } = account;
  return [
    custom['customer_number'] as string,
    Object.fromEntries([...read(COLUMNS, account), ...read(CUSTOM, custom)]),
  ];
}
