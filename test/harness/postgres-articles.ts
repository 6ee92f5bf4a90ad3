import { canonicalize } from '#canonical';
import type { Connector, EntityMapping } from '#connector-sdk';
import type { SuiteRecord, SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock, type FieldType } from '#kernel';
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { serverAddresses } from './servers.js';
import { sqlConnector } from '../../connectors/sql/connector.js';

const TYPES: Readonly<Record<string, FieldType>> = {
  ean: 'text',
  name: 'texts',
  brand: 'text',
  weight: 'decimal',
  active: 'boolean',
};
const TABLE = `
  CREATE TABLE article (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku text NOT NULL ONCE,
    ean text,
    name_de varchar(200),
    name_en varchar(200),
    brand text CHECK (brand <> 'forbidden'),
    grams numeric(14, 2),
    active boolean,
    updated_at CHANGED_AT
  );
  CREATE INDEX ON article (updated_at, id);
  -- Takes what is put in, and shows nothing: whoever looks a key up here finds it free.
  CREATE VIEW blind_article AS SELECT * FROM article WHERE false;
  CREATE SEQUENCE audit MINVALUE 0 START 0;
  CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM nextval(''audit''); IF TG_OP = ''UPDATE'' THEN NEW.updated_at = PRESENT; END IF; RETURN coalesce(NEW, OLD); END';
  CREATE TRIGGER note BEFORE INSERT OR UPDATE OR DELETE ON article FOR EACH ROW EXECUTE FUNCTION note();`;
const PUT = `
  INSERT INTO article (sku, ean, name_de, name_en, brand, grams, active)
  SELECT r.sku, r.ean, r.name ->> 'de', r.name ->> 'en', r.brand, r.weight * 1000, r.active
  FROM jsonb_to_recordset($1) AS r(sku text, ean text, name jsonb, brand text, weight numeric, active boolean)
  ON CONFLICT (sku) DO UPDATE SET ean = excluded.ean, name_de = excluded.name_de, name_en = excluded.name_en,
    brand = excluded.brand, grams = excluded.grams, active = excluded.active`;
const READ = `
  SELECT sku, ean, jsonb_strip_nulls(jsonb_build_object('de', name_de, 'en', name_en)) AS name, brand,
    (grams / 1000)::text AS weight, active FROM article`;

function mapping(source: string, options: EntityMapping['options']): EntityMapping {
  return {
    source,
    key: ['sku'],
    fields: {
      ean: { from: 'ean' },
      name: { from: { de: 'name_de', en: 'name_en' }, maxLength: 200 },
      brand: { from: 'brand' },
      weight: { from: 'grams', factor: '0.001', scale: 2 },
      active: { from: 'active' },
    },
    options,
  };
}

/** What a test's table is like. */
export interface ArticleShape {
  readonly options: EntityMapping['options'];
  /** Where the connector finds the database. */
  readonly url: URL;
  /** A table whose keys nothing keeps apart. */
  readonly allowsTwins?: boolean;
  /** A time without offset, written in this zone. */
  readonly zone?: string;
}

/** A table in a schema of its own; its users write by SQL. */
export class ArticleTable implements SystemDriver {
  private constructor(
    private readonly pool: pg.Pool,
    private readonly schema: string,
    private readonly shape: ArticleShape,
  ) {}

  static async create(shape: ArticleShape): Promise<ArticleTable> {
    const schema = `sql_conformance_${randomBytes(6).toString('hex')}`;
    const pool = new pg.Pool({ connectionString: databaseUrl().href, max: 3, options: `-c search_path=${schema}` });
    await pool.query(`CREATE SCHEMA ${schema}; ${tableOf(shape)}`);
    return new ArticleTable(pool, schema, shape);
  }

  open(
    mode: 'observe' | 'write',
    clock: Clock,
    { timeoutMs = 20_000, source = 'article', options = this.shape.options } = {},
  ): Connector {
    return sqlConnector.open({
      system: 'shop',
      config: sqlConnector.configSchema.parse({
        url: this.shape.url.href,
        schema: this.schema,
        poolSize: 2,
        statementTimeoutMs: timeoutMs,
      }),
      mappings: { product: mapping(source, options) },
      clock,
      logger: silentLogger,
      mode,
      workFolder: '',
    });
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    await this.pool.query(PUT, [toJson(records)]);
  }

  async putAtOneTime(records: readonly SuiteRecord[]): Promise<void> {
    await this.put(records);
  }

  async putLate(records: readonly SuiteRecord[]): Promise<{ commit(): Promise<void> }> {
    const client = await this.pool.connect();
    await client.query('BEGIN');
    await client.query(PUT, [toJson(records)]);
    return {
      commit: async () => {
        await client.query('COMMIT');
        client.release();
      },
    };
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.pool.query('DELETE FROM article WHERE sku = ANY ($1)', [keys]);
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    const { rows } = await this.pool.query<Record<string, unknown>>(READ);
    return new Map(rows.map((row) => [String(row['sku']), toFields(row)]));
  }

  async countWrites(): Promise<number> {
    const { rows } = await this.pool.query<{ n: string }>('SELECT last_value AS n FROM audit');
    return Number(rows[0]?.n);
  }

  async putUnmappable(): Promise<string> {
    const sql = "INSERT INTO article (sku, grams) VALUES ('bad', 'NaN') RETURNING id, sku";
    const { rows } = await this.pool.query<{ id: number; sku: string }>(sql);
    return String(this.shape.options['id'] === 'id' ? rows[0]?.id : rows[0]?.sku);
  }

  async close(): Promise<void> {
    await this.pool.query(`DROP SCHEMA ${this.schema} CASCADE`);
    await this.pool.end();
  }
}

/** The database server of this run. */
export function databaseUrl(): URL {
  return new URL(serverAddresses().databaseUrl);
}

function tableOf({ allowsTwins, zone }: ArticleShape): string {
  const present = zone === undefined ? 'now()' : `(now() AT TIME ZONE '${zone}')`;
  const type = zone === undefined ? 'timestamptz' : 'timestamp';
  return TABLE.replace(' ONCE', allowsTwins ? '' : ' UNIQUE')
    .replace('CHANGED_AT', `${type} NOT NULL DEFAULT ${present}`)
    .replace('PRESENT', present.replaceAll("'", "''"));
}

function toJson(records: readonly SuiteRecord[]): string {
  return JSON.stringify(records.map(({ key, fields }) => ({ sku: key, ...fields })));
}

function toFields(row: Readonly<Record<string, unknown>>): CanonicalFields {
  const entries = Object.entries(TYPES).map(([name, type]) => {
    const result = canonicalize(type, row[name]);
    return [name, result.ok ? result.value : result.reason] as const;
  });
  return Object.fromEntries(entries);
}
