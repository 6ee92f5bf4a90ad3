import type {
  Capabilities,
  ChangePage,
  CheckReport,
  Connector,
  ConnectorContext,
  ConnectorDefinition,
  DiscoveredEntity,
  FetchResult,
  FetchSelector,
  KeyRange,
  RangeDigest,
  RecordWrite,
  ScanPage,
  WriteOutcome,
} from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, type ExternalId } from '#kernel';
import { z } from 'zod';
import { applyWrites } from './apply.js';
import { readChanges } from './changes.js';
import type { Dialect, IdDigest, SqlDatabase, SqlTable } from './database.js';
import { digestRanges, findDigests } from './digest.js';
import { digestVersion, planEntities, type EntityPlan } from './entity-plan.js';
import { fetchRecords } from './fetch.js';
import { mariadb } from './mariadb/dialect.js';
import { postgres } from './postgres/dialect.js';
import { Scanner } from './scan.js';

const configSchema = z.strictObject({
  /** `postgres://user:password@host:port/database?sslmode=…` or `mariadb://user:password@host:port/database?ssl=…` */
  url: z.string().regex(/^(?:postgres(?:ql)?|mariadb|mysql):\/\//, 'must begin with postgres:// or mariadb://'),
  /** Schema of unqualified tables; default is that of the role. In MariaDB: the database. */
  schema: z.string().regex(/^\w+$/, 'must be letters, digits and underscores').optional(),
  statementTimeoutMs: z.int().min(1_000).max(3_600_000).default(20_000),
  poolSize: z.int().min(1).max(50).default(4),
});

/** Configuration of one database; the scheme of its address tells the dialect. */
export type SqlConfig = z.infer<typeof configSchema>;

/** Tables, views and queries of a database: PostgreSQL 14 or later, MariaDB 10.6 or later. */
export const sqlConnector: ConnectorDefinition<SqlConfig> = {
  id: 'sql',
  title: 'Tables of a PostgreSQL or MariaDB database',
  configSchema,
  secretFields: ['url'],
  open: (context) => new SqlConnector(context),
};

/** What answers for one entity. */
interface EntityAccess {
  readonly plan: EntityPlan;
  readonly table: SqlTable;
  readonly scanner: Scanner;
}

class SqlConnector implements Connector {
  private readonly dialect: Dialect;
  private readonly database: SqlDatabase;
  private readonly entities = new Map<Entity, EntityAccess>();

  constructor(private readonly context: ConnectorContext<SqlConfig>) {
    const { config, clock, mappings, mode, system } = context;
    this.dialect = dialectOf(config.url);
    const plans = planEntities(mappings, this.dialect.defaultVersion);
    this.database = this.dialect.open(
      { ...config, schema: config.schema, readOnly: mode === 'observe', applicationName: `plumbline-${system}` },
      context.logger,
    );
    for (const [entity, plan] of plans) {
      const table = this.database.table(plan);
      this.entities.set(entity, { plan, table, scanner: new Scanner(plan, table, clock) });
    }
  }

  capabilities(entity: Entity): Capabilities {
    const { options, version } = this.get(entity).plan;
    return {
      changes: options.changedAt === undefined ? 'scan' : 'cursor',
      deleteEvents: false,
      precondition: version.kind === 'none' ? 'none' : 'version',
      // Transaction ids are drawn at a transaction's first write and wrap around, and a digest tells different, not newer.
      versionOrder: version.kind === 'column' ? 'numeric' : 'none',
      searchByKey: true,
      digest: true,
      bulkSize: 1_000,
      landingMs: this.context.config.statementTimeoutMs,
    };
  }

  check(): Promise<CheckReport> {
    return this.database.check([...this.entities.values()].map(({ plan }) => plan));
  }

  discover(): Promise<readonly DiscoveredEntity[]> {
    return this.database.discover();
  }

  async changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    const { plan, table } = this.get(entity);
    if (plan.options.changedAt === undefined)
      throw new HubError('HUB_INVARIANT_BROKEN', `${entity} has no changedAt column: scan it instead.`);
    return readChanges({ plan, table, clock: this.context.clock }, cursor, limit);
  }

  async scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    return this.get(entity).scanner.page(range, after, limit);
  }

  async fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    const { plan, table } = this.get(entity);
    return fetchRecords(table, plan, selector);
  }

  async apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    const { plan, table } = this.get(entity);
    if (this.context.mode === 'observe')
      throw new HubError('HUB_INVARIANT_BROKEN', `${this.context.system} is in mode observe: it is not written.`);
    if (plan.source.kind === 'query')
      throw new HubError('HUB_CONFIG_INVALID', `${entity} is read by a query, which can't be written.`);
    return applyWrites(table, plan, writes);
  }

  async digest(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly RangeDigest[]> {
    return digestRanges(this.get(entity).table, ranges);
  }

  /** Ids and digests of the live records of ranges that do not overlap, in any order, in one statement. */
  async keyDigests(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly IdDigest[]> {
    return findDigests(this.get(entity).table, ranges);
  }

  /**
   * What the digests of an entity depend on besides its records. Where each call costs a pass over the table (`isPass`),
   * all ranges should be asked for at once, else in parts as short as wished.
   */
  async digestTraits(entity: Entity): Promise<{ readonly version: string; readonly isPass: boolean }> {
    const { plan, table } = this.get(entity);
    return { version: digestVersion(plan, this.dialect.digestRules), isPass: (await table.probes()) === null };
  }

  close(): Promise<void> {
    return this.database.close();
  }

  private get(entity: Entity): EntityAccess {
    const access = this.entities.get(entity);
    if (!access) throw new HubError('HUB_CONFIG_INVALID', `${this.context.system} has no mapping for ${entity}.`);
    return access;
  }
}

function dialectOf(url: string): Dialect {
  return url.startsWith('postgres') ? postgres : mariadb;
}
