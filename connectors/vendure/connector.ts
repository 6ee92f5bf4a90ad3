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
  ReadCost,
  RecordWrite,
  ScanPage,
  WriteOutcome,
} from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, type ExternalId } from '#kernel';
import { applyWrites } from './apply.js';
import { readChanges, tellsDeletes } from './changes.js';
import { checkShop, discoverShop, type CheckTools } from './check.js';
import { VendureClient } from './client.js';
import { configSchema, type VendureConfig } from './config.js';
import { planEntities, type EntityPlan } from './entity-plan.js';
import { mutationsOf } from './mutations.js';
import { Records } from './records.js';
import { scanPage } from './scan.js';

/** A Vendure 3 shop: products, prices, stock levels and customers of one channel. */
export const vendureConnector: ConnectorDefinition<VendureConfig> = {
  id: 'vendure',
  title: 'Vendure shop (Admin API)',
  configSchema,
  secretFields: ['url', 'password', 'channelToken'],
  open: (context) => new VendureConnector(context),
};

class VendureConnector implements Connector {
  private readonly plans: ReadonlyMap<Entity, EntityPlan>;
  private readonly client: VendureClient;
  private readonly records: Records;

  constructor(private readonly context: ConnectorContext<VendureConfig>) {
    this.plans = planEntities(context.mappings);
    this.client = new VendureClient(context.config, context.clock);
    this.records = new Records(this.client, context.config.listLimit);
  }

  capabilities(entity: Entity): Capabilities {
    const plan = this.planOf(entity);
    const { changes, timeoutMs } = this.context.config;
    return {
      changes: changes === 'plugin' || plan.shape.isPolled ? 'cursor' : 'scan',
      deleteEvents: changes === 'plugin' && tellsDeletes(plan),
      precondition: 'none',
      versionOrder: 'none',
      searchByKey: plan.search !== null,
      digest: false,
      bulkSize: 100,
      bulkCalls: 2,
      // A variant is one of three records: what the hub writes to it in a burst is read back together.
      pollPauseMs: 2_000,
      landingMs: timeoutMs,
    };
  }

  check(): Promise<CheckReport> {
    return checkShop(this.checkTools());
  }

  discover(): Promise<readonly DiscoveredEntity[]> {
    return discoverShop(this.checkTools());
  }

  changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    const { config, clock } = this.context;
    const plan = this.planOf(entity);
    if (this.capabilities(entity).changes === 'scan')
      throw new HubError('HUB_INVARIANT_BROKEN', `${entity} can't be polled: scan it instead.`);
    const { client, records } = this;
    const reader = { client, records, clock, via: config.changes, overlapMs: config.overlapMs };
    return readChanges(reader, plan, cursor, this.pageSize(limit));
  }

  scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    const { client, records } = this;
    return scanPage({ client, records }, this.planOf(entity), { range, after, limit: this.pageSize(limit) });
  }

  readCost(): ReadCost {
    return { pageSize: this.context.config.listLimit, callsPerSecond: null };
  }

  fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    return this.records.fetch(this.planOf(entity), selector);
  }

  async apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    const plan = this.planOf(entity);
    if (this.context.mode === 'observe')
      throw new HubError('HUB_INVARIANT_BROKEN', `${this.context.system} is in mode observe: it is not written.`);
    if (writes.length === 0) return [];
    const { client, records } = this;
    const tools = { client, records, shop: await records.shop(), plan };
    return applyWrites(tools, mutationsOf(tools), writes);
  }

  close(): Promise<void> {
    return Promise.resolve(); // requests end by themselves within their time-out
  }

  private pageSize(limit: number): number {
    return Math.min(limit, this.context.config.listLimit);
  }

  private checkTools(): CheckTools {
    const { client, records, context } = this;
    return { client, records, config: context.config, mode: context.mode, plans: [...this.plans.values()] };
  }

  private planOf(entity: Entity): EntityPlan {
    const plan = this.plans.get(entity);
    if (!plan) throw new HubError('HUB_CONFIG_INVALID', `${this.context.system} has no mapping for ${entity}.`);
    return plan;
  }
}
