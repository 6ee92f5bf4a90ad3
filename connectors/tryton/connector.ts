import {
  checkMapping,
  type Capabilities,
  type ChangePage,
  type CheckReport,
  type Connector,
  type ConnectorContext,
  type ConnectorDefinition,
  type DiscoveredEntity,
  type FetchResult,
  type FetchSelector,
  type KeyRange,
  type RecordWrite,
  type ScanPage,
  type WriteOutcome,
} from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, type ExternalId } from '#kernel';
import { applyWrites } from './apply.js';
import { readChanges } from './changes.js';
import { TrytonClient } from './client.js';
import { configSchema, toClientOptions, type TrytonConfig } from './config.js';
import { checkTryton, discoverTryton } from './inspect.js';
import { planEntities } from './plan.js';
import { fetchRecords, scanPage } from './reading.js';
import type { EntityPlan } from './records.js';

/** One database of a Tryton 8.2 server. */
export const trytonConnector: ConnectorDefinition<TrytonConfig> = {
  id: 'tryton',
  title: 'Tryton (ERP, WMS)',
  configSchema,
  secretFields: ['url', 'password'],
  open: (context) => new TrytonConnector(context),
};

class TrytonConnector implements Connector {
  private readonly client: TrytonClient;
  private readonly plans: ReadonlyMap<Entity, EntityPlan>;

  constructor(private readonly context: ConnectorContext<TrytonConfig>) {
    const options = { ...toClientOptions(context.config), readOnly: context.mode === 'observe' };
    this.client = new TrytonClient(options);
    this.plans = planEntities(this.client, context);
  }

  capabilities(entity: Entity): Capabilities {
    const { writer } = this.planOf(entity).entity;
    return {
      changes: 'cursor',
      deleteEvents: this.context.config.readsLog,
      precondition: writer === null ? 'none' : 'version',
      // Times of when transactions began, of several rows: they tell different, not newer.
      versionOrder: 'none',
      searchByKey: true,
      digest: false,
      bulkSize: 200,
      // A poll is some six calls, each of which logs in and begins a transaction: 50 ms of Tryton's only core.
      pollPauseMs: 1_000,
      // Tryton ends a call after a minute by itself; ours may still be under way when we stop waiting.
      landingMs: Math.max(this.context.config.timeoutMs, 60_000),
      // A product is made active, filled in and deactivated, in calls of their own.
      lateFields: entity === 'product' ? ['active'] : [],
    };
  }

  async check(): Promise<CheckReport> {
    const report = await checkTryton({
      client: this.client,
      plans: [...this.plans.values()],
      readsLog: this.context.config.readsLog,
      isWriting: this.context.mode === 'write',
    });
    const problems = [...this.plans.values()].flatMap(({ name, mapping, descriptor }) =>
      checkMapping(mapping, descriptor).map((problem) => `${name}: ${problem}`),
    );
    return { ...report, problems: [...report.problems, ...problems] };
  }

  discover(): Promise<readonly DiscoveredEntity[]> {
    return discoverTryton(this.client);
  }

  changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    const { overlapMs, readsLog } = this.context.config;
    const { client } = this;
    return readChanges(
      { plan: this.planOf(entity), client, clock: this.context.clock, overlapMs, readsLog },
      cursor,
      limit,
    );
  }

  scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    return scanPage({ client: this.client, plan: this.planOf(entity) }, range, after, limit);
  }

  fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    return fetchRecords(this.planOf(entity), selector);
  }

  async apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    const plan = this.planOf(entity);
    if (this.context.mode === 'observe')
      throw new HubError('HUB_INVARIANT_BROKEN', `${this.context.system} is in mode observe: it is not written.`);
    const { writer, whyReadOnly = 'it can only be read' } = plan.entity;
    if (writer === null) return writes.map(() => ({ kind: 'rejected', reason: whyReadOnly }));
    return applyWrites(this.client, plan, writer, writes);
  }

  async close(): Promise<void> {
    // Nothing is kept open: each call has its own connection, and a session ends by itself.
  }

  private planOf(entity: Entity): EntityPlan {
    const plan = this.plans.get(entity);
    if (!plan) throw new HubError('HUB_CONFIG_INVALID', `${this.context.system} has no mapping for ${entity}.`);
    return plan;
  }
}
