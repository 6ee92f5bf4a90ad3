import { jest } from '@jest/globals';
import { canonicalize } from '#canonical';
import type { Connector, EntityMapping } from '#connector-sdk';
import { testConnector, type SuiteRecord, type SystemDriver } from '#connector-sdk/testing';
import { silentLogger, type CanonicalFields, type Clock, type FieldType } from '#kernel';
import { createPool, type Pool, type RowDataPacket } from 'mysql2/promise';
import { lineTo } from '../../test/harness/line.js';
import { unique } from '../../test/harness/servers.js';
import { systemAddress } from '../../test/harness/systems.js';
import { sqlConnector } from './connector.js';

const TYPES: Readonly<Record<string, FieldType>> = {
  ean: 'text',
  name: 'texts',
  brand: 'text',
  weight: 'decimal',
  active: 'boolean',
};
/** Collations that take case, accents or trailing spaces for equal, as foreign tables have them. */
const TABLE = `
  CREATE TABLE article (
    id INT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
    sku VARCHAR(190) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL UNIQUE,
    ean VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci,
    name_de VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci,
    name_en VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_nopad_ci,
    brand VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci CHECK (brand <> 'forbidden'),
    grams DECIMAL(14, 2),
    active BOOLEAN,
    updated_at CHANGED_AT,
    KEY (updated_at, id)
  ) ENGINE = InnoDB`;
const TIMESTAMP = 'TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)';
const DATETIME = TIMESTAMP.replace('TIMESTAMP(6) NOT', 'DATETIME(6) NOT');
/** Not transactional, so that a write which is rolled back counts as one too. */
const AUDIT = 'CREATE TABLE audit (n INT NOT NULL) ENGINE = Aria';
const NOTE = ['INSERT', 'UPDATE', 'DELETE'].map(
  (event) => `CREATE TRIGGER note_${event} AFTER ${event} ON article FOR EACH ROW INSERT INTO audit VALUES (1)`,
);
const PUT = `
  INSERT INTO article (sku, ean, name_de, name_en, brand, grams, active) VALUES ?
  ON DUPLICATE KEY UPDATE ean = VALUES(ean), name_de = VALUES(name_de), name_en = VALUES(name_en),
    brand = VALUES(brand), grams = VALUES(grams), active = VALUES(active), updated_at = NOW(6)`;

const line = await lineTo(new URL(url()), 'tcp');

interface Shape {
  readonly options: EntityMapping['options'];
  /** Type of the time column, and the time zone in which the system's users write it. */
  readonly changedAt?: string;
  readonly zone?: string;
}

function mapping(options: EntityMapping['options']): EntityMapping {
  return {
    source: 'article',
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

/** A table in a database of its own. */
class ArticleTable implements SystemDriver {
  private constructor(
    private readonly pool: Pool,
    private readonly database: string,
    private readonly shape: Shape,
  ) {}

  static async create(shape: Shape): Promise<ArticleTable> {
    const database = unique('sql_real');
    const pool = createPool({ uri: url().replace('mariadb:', 'mysql:'), connectionLimit: 1, dateStrings: true });
    const statements = [
      `CREATE DATABASE ${database}`,
      `USE ${database}`,
      `SET SESSION time_zone = '${shape.zone ?? '+00:00'}'`,
      TABLE.replace('CHANGED_AT', shape.changedAt ?? TIMESTAMP),
      AUDIT,
      ...NOTE,
    ];
    for (const statement of statements) await pool.query(statement);
    return new ArticleTable(pool, database, shape);
  }

  open(mode: 'observe' | 'write', clock: Clock, { timeoutMs = 20_000 } = {}): Connector {
    return sqlConnector.open({
      system: 'shop',
      config: sqlConnector.configSchema.parse({
        url: line.url.href,
        schema: this.database,
        poolSize: 2,
        statementTimeoutMs: timeoutMs,
      }),
      mappings: { product: mapping(this.shape.options) },
      clock,
      logger: silentLogger,
      mode,
      workFolder: '',
    });
  }

  async put(records: readonly SuiteRecord[]): Promise<void> {
    await this.pool.query(PUT, [records.map(toRow)]);
  }

  async putAtOneTime(records: readonly SuiteRecord[]): Promise<void> {
    await this.put(records);
  }

  async putLate(records: readonly SuiteRecord[]): Promise<{ commit(): Promise<void> }> {
    const other = createPool({ uri: url().replace('mariadb:', 'mysql:'), connectionLimit: 1, database: this.database });
    await other.query(`SET SESSION time_zone = '${this.shape.zone ?? '+00:00'}'`);
    await other.query('START TRANSACTION');
    await other.query(PUT, [records.map(toRow)]);
    return {
      commit: async () => {
        await other.query('COMMIT');
        await other.end();
      },
    };
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.pool.query('DELETE FROM article WHERE sku IN (?)', [keys]);
  }

  async read(): Promise<ReadonlyMap<string, CanonicalFields>> {
    const [rows] = await this.pool.query<RowDataPacket[]>(
      'SELECT *, CAST(grams / 1000 AS CHAR) AS weight FROM article',
    );
    return new Map(rows.map((row) => [String(row['sku']), toFields(row)]));
  }

  async countWrites(): Promise<number> {
    const [[row]] = await this.pool.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM audit');
    return Number(row?.['n']);
  }

  async putUnmappable(): Promise<string> {
    await this.pool.query("INSERT INTO article (sku, active) VALUES ('bad', 7)");
    const [[row]] = await this.pool.query<RowDataPacket[]>("SELECT id, sku FROM article WHERE sku = 'bad'");
    return String(this.shape.options['id'] === 'id' ? row?.['id'] : row?.['sku']);
  }

  async close(): Promise<void> {
    await this.pool.query(`DROP DATABASE ${this.database}`);
    await this.pool.end();
  }
}

function url(): string {
  return systemAddress('MARIADB_URL');
}

function toRow({ key, fields }: SuiteRecord): unknown[] {
  const name = (fields['name'] ?? {}) as Readonly<Record<string, string>>;
  const weight = fields['weight'];
  const grams = weight === null || weight === undefined ? null : (Number(weight) * 1_000).toFixed(2);
  const plain = [fields['ean'], name['de'], name['en'], fields['brand'], grams, fields['active']];
  return [key, ...plain.map((value) => value ?? null)];
}

function toFields(row: Readonly<Record<string, unknown>>): CanonicalFields {
  const read = { ...row, name: { de: row['name_de'], en: row['name_en'] } };
  const entries = Object.entries(TYPES).map(([name, type]) => {
    const result = canonicalize(type, read[name as keyof typeof read]);
    return [name, result.ok ? result.value : result.reason] as const;
  });
  return Object.fromEntries(entries);
}

jest.setTimeout(120_000);

testConnector({
  name: 'sql on MariaDB: a table with a time column, external id is the key',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: false, digest: true },
  refused: { brand: 'forbidden' },
  line: line.faults,
  setUp: () => ArticleTable.create({ options: { changedAt: 'updated_at' } }),
});

testConnector({
  name: 'sql on MariaDB: a time column without offset, written in another zone',
  entity: 'product',
  capabilities: { changes: 'cursor', precondition: 'version', deleteEvents: false, digest: true },
  refused: { weight: '9999999999' },
  line: line.faults,
  setUp: () =>
    ArticleTable.create({
      options: { changedAt: 'updated_at', zone: 'Asia/Kathmandu' },
      changedAt: DATETIME,
      zone: '+05:45',
    }),
});

testConnector({
  name: 'sql on MariaDB: a table that is only scanned, external id is a number',
  entity: 'product',
  capabilities: { changes: 'scan', precondition: 'version', deleteEvents: false, digest: true },
  refused: { weight: '9999999999' },
  line: line.faults,
  setUp: () => ArticleTable.create({ options: { id: 'id' } }),
});
