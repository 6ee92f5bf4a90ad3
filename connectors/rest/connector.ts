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
  IncomingWebhook,
  KeyRange,
  ReadCost,
  RecordWrite,
  ScanPage,
  WalkPage,
  WebhookHint,
  WriteOutcome,
} from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, type ExternalId } from '#kernel';
import { readChanges } from './changes.js';
import { checkApi, discoverEntities } from './check.js';
import { RestClient } from './client.js';
import { configSchema, type RestConfig } from './config.js';
import { capabilitiesOf, planEntities, type EntityPlan } from './entity-plan.js';
import { fetchRecords } from './fetch.js';
import { Scanner } from './scan.js';
import { walkPage } from './walk.js';
import { readWebhook } from './webhook.js';
import { applyWrites } from './writes.js';

/** Any HTTP API that speaks JSON, by declaration. */
export const restConnector: ConnectorDefinition<RestConfig> = {
  id: 'rest',
  title: 'Any HTTP API by declaration',
  configSchema,
  secretFields: ['auth', 'headers', 'webhook'],
  open: (context) => new RestConnector(context),
};

/** Of the account's rate, where the hub says nothing. */
const RECONCILE_SHARE = 0.2;

class RestConnector implements Connector {
  private readonly plans: ReadonlyMap<Entity, EntityPlan>;
  private readonly client: RestClient;
  private readonly scanner: Scanner;

  constructor(private readonly context: ConnectorContext<RestConfig>) {
    const { config, clock, logger, mode, mappings, reconcileShare = RECONCILE_SHARE } = context;
    this.plans = planEntities(mappings);
    this.client = new RestClient({ config, clock, logger, isReadOnly: mode === 'observe', reconcileShare });
    this.scanner = new Scanner(this.client, clock);
  }

  capabilities(entity: Entity): Capabilities {
    return capabilitiesOf(this.planOf(entity), this.context.config.timeoutMs);
  }

  check(): Promise<CheckReport> {
    return checkApi(this.client, this.context.config, [...this.plans.values()]);
  }

  discover(): Promise<readonly DiscoveredEntity[]> {
    return discoverEntities(this.client, [...this.plans.values()]);
  }

  async changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage> {
    const { client, context } = this;
    return readChanges({ plan: this.planOf(entity), client, clock: context.clock }, cursor, limit);
  }

  async scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    return this.scanner.page(this.planOf(entity), range, after, limit);
  }

  async walk(entity: Entity, cursor: string | null): Promise<WalkPage> {
    return walkPage(this.client, this.planOf(entity), cursor);
  }

  readCost(entity: Entity): ReadCost {
    const { paging } = this.planOf(entity).options.list;
    return {
      pageSize: 'pageSize' in paging ? paging.pageSize : null,
      callsPerSecond: this.context.config.rate.perSecond * (this.context.reconcileShare ?? RECONCILE_SHARE),
    };
  }

  async fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    const { records, rejected } = await fetchRecords(this.client, this.planOf(entity), selector);
    return { records: records.map(({ observed }) => observed), rejected };
  }

  async apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    if (this.context.mode === 'observe')
      throw new HubError('HUB_INVARIANT_BROKEN', `${this.context.system} is in mode observe: it is not written.`);
    return applyWrites(this.client, this.planOf(entity), writes);
  }

  webhook(request: IncomingWebhook): readonly WebhookHint[] {
    const { config, clock, system } = this.context;
    if (config.webhook) return readWebhook(config.webhook, request, clock.nowMs());
    throw new HubError('HUB_WEBHOOK_REFUSED', `No webhook is declared for ${system}.`, { reason: 'not-declared' });
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
