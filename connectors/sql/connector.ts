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
import { SqlClient } from './client.js';
import { digestRanges } from './digest.js';
import { planEntities, type EntityPlan } from './entity-plan.js';
import { fetchRecords } from './fetch.js';
import { checkDatabase, discoverTables } from './inspect.js';
import { Relations } from './relation.js';
import { Scanner } from './scan.js';

const configSchema = z.strictObject({
  /** `postgres://user:password@host:port/database?sslmode=…` */
  url: z.string().regex(/^postgres(?:ql)?:\/\//, 'must begin with postgres://'),
  /** Schema of unqualified tables; default is that of the role. */
  schema: z.string().regex(/^\w+$/, 'must be letters, digits and underscores').optional(),
  statementTimeoutMs: z.int().min(1_000).max(3_600_000).default(20_000),
  poolSize: z.int().min(1).max(50).default(4),
});

/** Configuration of one PostgreSQL database. */
export type SqlConfig = z.infer<typeof configSchema>;

/** Tables, views and queries of a PostgreSQL database (version 14 or later). */
export const sqlConnector: ConnectorDefinition<SqlConfig> = {
  id: 'sql',
  title: 'Tables of a PostgreSQL database',
  configSchema,
  secretFields: ['url'],
  open: (context) => new SqlConnector(context),
};

class SqlConnector implements Connector {
  private readonly plans: ReadonlyMap<Entity, EntityPlan>;
  private readonly client: SqlClient;
  private readonly relations: Relations;
  private readonly scanner: Scanner;

  constructor(private readonly context: ConnectorContext<SqlConfig>) {
    this.plans = planEntities(context.mappings);
    this.client = new SqlClient(
      {
        ...context.config,
        schema: context.config.schema,
        readOnly: context.mode === 'observe',
        applicationName: `plumbline-${context.system}`,
      },
      context.logger,
    );
    this.relations = new Relations(this.client);
    this.scanner = new Scanner(this.relations, context.clock);
  }

  capabilities(entity: Entity): Capabilities {
    const { options, isQuery } = this.planOf(entity);
    const version = options.version ?? (isQuery ? 'none' : 'xmin');
    return {
      changes: options.changedAt === undefined ? 'scan' : 'cursor',
      deleteEvents: false,
      precondition: version === 'none' ? 'none' : 'version',
      // Transaction ids are drawn at a transaction's first write and wrap around: they tell different, not newer.
      versionOrder: version === 'none' || version === 'xmin' ? 'none' : 'numeric',
      searchByKey: true,
      digest: true,
      bulkSize: 1_000,
      landingMs: this.context.config.statementTimeoutMs,
    };
  }

  check(): Promise<CheckReport> {
    return checkDatabase(this.client, this.plans.values());
  }

  discover(): Promise<readonly DiscoveredEntity[]> {
    return discoverTables(this.client);
  }

  changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    const plan = this.planOf(entity);
    if (plan.options.changedAt === undefined)
      throw new HubError('HUB_INVARIANT_BROKEN', `${entity} has no changedAt column: scan it instead.`);
    return readChanges({ plan, relations: this.relations, clock: this.context.clock }, cursor, limit);
  }

  scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    return this.scanner.page(this.planOf(entity), range, after, limit);
  }

  fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    return fetchRecords(this.relations, this.planOf(entity), selector);
  }

  async apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    const plan = this.planOf(entity);
    if (this.context.mode === 'observe')
      throw new HubError('HUB_INVARIANT_BROKEN', `${this.context.system} is in mode observe: it is not written.`);
    if (plan.isQuery) throw new HubError('HUB_CONFIG_INVALID', `${entity} is read by a query, which can't be written.`);
    return applyWrites(this.relations, plan, writes);
  }

  digest(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly RangeDigest[]> {
    return digestRanges(this.relations, this.planOf(entity), ranges);
  }

  close(): Promise<void> {
    return this.client.close();
  }

  private planOf(entity: Entity): EntityPlan {
    const plan = this.plans.get(entity);
    if (!plan) throw new HubError('HUB_CONFIG_INVALID', `${this.context.system} has no mapping for ${entity}.`);
    return plan;
  }
}
