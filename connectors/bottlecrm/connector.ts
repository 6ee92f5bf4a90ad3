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
  RecordWrite,
  ScanPage,
  WriteOutcome,
} from '#connector-sdk';
import type { Entity } from '#contracts';
import { HubError, type ExternalId } from '#kernel';
import { z } from 'zod';
import { AccountsApi } from './api.js';
import { applyWrites } from './apply.js';
import { checkCrm, requireCustomFields } from './check.js';
import { CrmClient } from './client.js';
import { discoverAccounts } from './discover.js';
import { planEntities, type EntityPlan } from './entity-plan.js';
import { fetchRecords } from './fetch.js';
import { Scanner } from './scan.js';

const configSchema = z
  .strictObject({
    /** `https://crm.example.com`; the token may stand in it as a password. */
    url: z.url({ protocol: /^https?$/ }),
    /** Personal access token (`bcrm_pat_…`) of an administrator. */
    token: z.string().min(1).optional(),
    timeoutMs: z.int().min(1_000).max(600_000).default(30_000),
    maxAnswerBytes: z.int().min(100_000).max(500_000_000).default(50_000_000),
    /** Accounts per page of a scan. */
    pageSize: z.int().min(1).max(1_000).default(200),
  })
  .refine(({ url, token }) => token !== undefined || new URL(url).password !== '', 'token: is missing');

/** Configuration of one organisation of a BottleCRM. */
export type BottleCrmConfig = z.infer<typeof configSchema>;

/** Accounts of a BottleCRM (PyPI `django-crm`), as customers. */
export const bottlecrmConnector: ConnectorDefinition<BottleCrmConfig> = {
  id: 'bottlecrm',
  title: 'Accounts of BottleCRM',
  configSchema,
  secretFields: ['url', 'token'],
  open: (context) => new BottleCrmConnector(context),
};

class BottleCrmConnector implements Connector {
  private readonly plans: ReadonlyMap<Entity, EntityPlan>;
  private readonly api: AccountsApi;
  private readonly scanner: Scanner;

  constructor(private readonly context: ConnectorContext<BottleCrmConfig>) {
    const { config, clock, logger, mode } = context;
    this.plans = planEntities(context.mappings);
    const { url, token } = splitAddress(config);
    const address = { url, token, timeoutMs: config.timeoutMs, maxAnswerBytes: config.maxAnswerBytes };
    this.api = new AccountsApi(new CrmClient({ address, clock, logger, isReadOnly: mode === 'observe' }));
    this.scanner = new Scanner(this.api);
  }

  capabilities(entity: Entity): Capabilities {
    this.planOf(entity);
    return {
      changes: 'scan',
      deleteEvents: false,
      precondition: 'none',
      versionOrder: 'none',
      searchByKey: true,
      digest: false,
      bulkSize: this.context.config.pageSize,
      landingMs: this.context.config.timeoutMs,
    };
  }

  check(): Promise<CheckReport> {
    return checkCrm(this.api, this.plans.values(), this.context.mode);
  }

  discover(): Promise<readonly DiscoveredEntity[]> {
    return discoverAccounts(this.api);
  }

  changes(entity: Entity): Promise<ChangePage> {
    throw new HubError('HUB_INVARIANT_BROKEN', `BottleCRM tells no changes of ${entity}: scan it instead.`);
  }

  scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage> {
    return this.scanner.page(this.planOf(entity), range, after, Math.min(limit, this.context.config.pageSize));
  }

  fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult> {
    return fetchRecords(this.api, this.planOf(entity), selector);
  }

  async apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]> {
    const plan = this.planOf(entity);
    if (this.context.mode === 'observe')
      throw new HubError('HUB_INVARIANT_BROKEN', `${this.context.system} is in mode observe: it is not written.`);
    // An account without its key would be created again and again.
    if (writes.some(({ operation }) => operation !== 'delete')) await requireCustomFields(this.api, plan);
    return applyWrites(this.api, plan, writes);
  }

  async close(): Promise<void> {}

  private planOf(entity: Entity): EntityPlan {
    const plan = this.plans.get(entity);
    if (!plan) throw new HubError('HUB_CONFIG_INVALID', `${this.context.system} has no mapping for ${entity}.`);
    return plan;
  }
}

function splitAddress({ url, token }: BottleCrmConfig): { readonly url: string; readonly token: string } {
  const { origin, pathname, password } = new URL(url);
  return { url: `${origin}${pathname}`, token: token ?? decodeURIComponent(password) };
}
