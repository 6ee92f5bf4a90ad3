import pg from 'pg';
import { randomBytes } from 'node:crypto';
import { createDatabase, dropDatabase } from '#hub-runner';

/** Lines of the ERP under `systems:` of a hub file. @param fields of its products, as YAML in one line */
export function erpSystem(fields: string): string {
  return `
  erp:
    connector: sql
    config: { url: '\${ERP_URL}', schema: erp }
    entities:
      product:
        source: article
        key: [article_no]
        options: { id: article_no, changedAt: modified_at, overlapMs: 2000 }
        fields: ${fields}`;
}

/**
 * Systems of the scratch hub: an ERP that only the system itself writes, and a shop that the hub writes. A write whose
 * answer was lost with its process counts as landed or lost after the statement time-out.
 */
export const SYSTEMS = `
systems:${erpSystem("{ name: { from: { de: title_de } }, brand: maker, weight: { from: weight_g, factor: '0.001' } }")}
  shop:
    connector: sql
    mode: write
    config: { url: '\${SHOP_URL}', schema: shop, statementTimeoutMs: 5000 }
    entities:
      product:
        source: product
        key: [sku]
        options: { id: sku, changedAt: updated_at, overlapMs: 2000 }
        fields:
          name: { from: { de: name_de } }
          brand: brand
          weight: weight_kg
survivorship:
  product:
    version: 1
    create: [erp]
    delete: [erp]
    owner: { erp: [name, brand, weight] }
limits:
  live: { product: { maxChangedShare: 1, minChanged: 1000000 } }
`;

/** Articles of an ERP; each kind of run fills the columns that it needs. */
export const ERP_TABLES = [
  'CREATE SCHEMA erp',
  `CREATE TABLE erp.article (
     article_no text COLLATE "C" PRIMARY KEY, title_de text, title_en text, text_de text, maker text, weight_g int,
     sellable boolean, note text, modified_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
  'CREATE INDEX ON erp.article (modified_at, article_no)',
];

const SCHEMA = [
  ...ERP_TABLES,
  'CREATE SCHEMA shop',
  `CREATE TABLE shop.product (
     sku text COLLATE "C" PRIMARY KEY, name_de text, brand text, weight_kg numeric(12,3), category text,
     updated_at timestamptz NOT NULL DEFAULT clock_timestamp())`,
  'CREATE INDEX ON shop.product (updated_at, sku)',
  `CREATE FUNCTION erp.touch() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN NEW.modified_at := clock_timestamp(); RETURN NEW; END $$`,
  `CREATE FUNCTION shop.touch() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN NEW.updated_at := clock_timestamp(); RETURN NEW; END $$`,
  'CREATE TRIGGER touch BEFORE UPDATE ON erp.article FOR EACH ROW EXECUTE FUNCTION erp.touch()',
  'CREATE TRIGGER touch BEFORE UPDATE ON shop.product FOR EACH ROW EXECUTE FUNCTION shop.touch()',
  ...['erp.article', 'shop.product'].flatMap(auditOf),
];

/** An audit table that the hub's roles can't touch: one row for every write of a row, with who wrote it. */
function auditOf(table: string): string[] {
  const schema = table.split('.')[0] ?? '';
  return [
    `CREATE TABLE ${schema}.audit (
       id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, role text NOT NULL, op text NOT NULL, old jsonb, new jsonb)`,
    `CREATE FUNCTION ${schema}.audit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
       INSERT INTO ${schema}.audit (role, op, old, new) VALUES (session_user, TG_OP, to_jsonb(OLD), to_jsonb(NEW));
       RETURN NULL; END $$`,
    `CREATE TRIGGER audit AFTER INSERT OR UPDATE OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${schema}.audit()`,
  ];
}

const SYSTEM_NAMES = ['erp', 'shop', 'outlet'] as const;
type SystemName = (typeof SYSTEM_NAMES)[number];

/** Both stores in one database, and the roles by which the hub reaches them. */
export class Stores {
  private constructor(
    readonly pool: pg.Pool,
    /** By which the hub reaches each system. */
    private readonly urls: Readonly<Record<SystemName, string>>,
    private readonly addresses: { readonly serverUrl: string; readonly databaseUrl: string },
  ) {}

  /** Creates database, tables and roles; needs a role that may do so. */
  static async create(serverUrl: string): Promise<Stores> {
    const name = `stores_${randomBytes(4).toString('hex')}`;
    const databaseUrl = await createDatabase(serverUrl, name);
    const pool = new pg.Pool({ connectionString: databaseUrl, max: 12, connectionTimeoutMillis: 10_000 });
    // A server that is killed ends idle and busy connections alike; the statements in flight tell it.
    pool.on('error', () => undefined).on('connect', (client) => client.on('error', () => undefined));
    for (const statement of SCHEMA) await pool.query(statement);
    const roles = { erp: `${name}_erp`, shop: `${name}_shop`, outlet: `${name}_outlet` };
    const urls = { erp: '', shop: '', outlet: '' };
    for (const system of SYSTEM_NAMES) urls[system] = await addRole(pool, databaseUrl, roles[system]);
    await pool.query(`GRANT USAGE ON SCHEMA erp TO ${roles.erp}; GRANT SELECT ON erp.article TO ${roles.erp};
      GRANT USAGE ON SCHEMA shop TO ${roles.shop}; GRANT SELECT, INSERT, UPDATE, DELETE ON shop.product TO ${roles.shop}`);
    return new Stores(pool, urls, { serverUrl, databaseUrl });
  }

  /** Variables that {@link SYSTEMS} refers to. */
  get environment(): Readonly<Record<string, string>> {
    return { ERP_URL: this.urls.erp, SHOP_URL: this.urls.shop, OUTLET_URL: this.urls.outlet };
  }

  /** The hub's role in a system: it may read the ERP and write the shop's products; nothing is the outlet's yet. */
  roleOf(system: SystemName): string {
    return new URL(this.urls[system]).username;
  }

  /** Rows of either store that have no equal row in the other. */
  async countUnequal(): Promise<number> {
    const { rows } = await this.pool.query<{ unequal: number }>(`
      SELECT count(*)::int AS unequal
      FROM erp.article e FULL JOIN shop.product s ON s.sku = e.article_no
      WHERE (s.sku, s.name_de, s.brand, s.weight_kg)
        IS DISTINCT FROM (e.article_no, e.title_de, e.maker, e.weight_g * 0.001)`);
    return rows[0]?.unequal ?? 0;
  }

  async drop(): Promise<void> {
    await this.pool.end();
    const { serverUrl, databaseUrl } = this.addresses;
    await dropDatabase(serverUrl, databaseUrl);
    const client = new pg.Client({ connectionString: serverUrl });
    await client.connect();
    for (const system of SYSTEM_NAMES) await client.query(`DROP ROLE ${this.roleOf(system)}`);
    await client.end();
  }
}

async function addRole(pool: pg.Pool, databaseUrl: string, role: string): Promise<string> {
  const password = randomBytes(12).toString('hex');
  await pool.query(`CREATE ROLE ${role} LOGIN PASSWORD '${password}'`);
  const url = new URL(databaseUrl);
  url.username = role;
  url.password = password;
  return url.href;
}
