import type { CheckReport } from '#connector-sdk';
import type {
  AsOfReport,
  BatchReport,
  DriftItem,
  DriftReport,
  Entity,
  ExplainReport,
  GoldenStatus,
  Hold,
  HoldDecision,
  ParkedRelease,
  ParkedReport,
  PlanReport,
  RestoredReport,
  RevertApproval,
  RevertItem,
  RevertReport,
  RevertSelection,
  OverRepresented,
  RoundReport,
  ScanReport,
  SourcePage,
  StoreDrift,
  SystemMode,
  SystemStatus,
  RecordsAnswer,
  TimelineReport,
  WaitingApproval,
  WebhookStatus,
} from '#contracts';
import type { Endpoints } from '#hub-file';
import { HubError, type SystemId } from '#kernel';
import type { HubClient } from './hub-client.js';

/** Drifts of one round that are fetched at most. */
export const DRIFT_LIMIT = 1000;

/** The services of one hub by their HTTP APIs. Every method throws what {@link HubClient} throws. */
export class HubServices {
  constructor(
    private readonly client: HubClient,
    readonly endpoints: Endpoints,
  ) {}

  systemStatus(system: SystemId): Promise<SystemStatus> {
    return this.client.get(connectorName(system), `${this.connector(system)}/status`);
  }

  check(system: SystemId): Promise<CheckReport> {
    return this.client.post(connectorName(system), `${this.connector(system)}/check`);
  }

  plan(system: SystemId, samples: number): Promise<PlanReport> {
    return this.client.get(connectorName(system), `${this.connector(system)}/plan?samples=${samples}`);
  }

  setMode(system: SystemId, mode: SystemMode, actor: string): Promise<unknown> {
    return this.client.post(connectorName(system), `${this.connector(system)}/mode`, { mode, actor });
  }

  restored(system: SystemId): Promise<RestoredReport> {
    return this.client.get(connectorName(system), `${this.connector(system)}/restored`);
  }

  keep(system: SystemId, keep: 'hub' | 'system', actor: string): Promise<unknown> {
    return this.client.post(connectorName(system), `${this.connector(system)}/restored`, { keep, actor });
  }

  goldenStatus(): Promise<GoldenStatus> {
    return this.client.get('golden', `${this.endpoints.golden}/status`);
  }

  webhooks(): Promise<readonly WebhookStatus[]> {
    return this.client.get('notifier', `${this.endpoints.notifier}/webhooks`);
  }

  resend(webhook: string): Promise<{ readonly events: number }> {
    return this.client.post('notifier', `${this.endpoints.notifier}/webhooks/${encodeURIComponent(webhook)}/resend`);
  }

  /** @param query as `GET /records` takes it */
  records(query: Readonly<Record<string, string>>): Promise<RecordsAnswer> {
    return this.client.get('indexer', `${this.endpoints.indexer}/records?${new URLSearchParams(query).toString()}`);
  }

  timeline(entity: Entity, key: string): Promise<TimelineReport> {
    return this.client.get('indexer', `${this.endpoints.indexer}/timeline/${entity}/${encodeURIComponent(key)}`);
  }

  explain(entity: Entity, key: string): Promise<ExplainReport> {
    return this.client.get('golden', `${this.endpoints.golden}/explain/${entity}/${encodeURIComponent(key)}`);
  }

  asOf(entity: Entity, key: string, at: string): Promise<AsOfReport> {
    const path = `/as-of/${entity}/${encodeURIComponent(key)}?at=${encodeURIComponent(at)}`;
    return this.client.get('golden', `${this.endpoints.golden}${path}`);
  }

  /** Published versions of a record, the newest first. */
  versions(entity: Entity, key: string, limit: number): Promise<readonly AsOfReport[]> {
    const path = `/versions/${entity}/${encodeURIComponent(key)}?limit=${limit}`;
    return this.client.get('golden', `${this.endpoints.golden}${path}`);
  }

  /** Keys that begin with a text. */
  keys(entity: Entity, prefix: string, limit: number): Promise<readonly string[]> {
    const path = `/keys/${entity}?prefix=${encodeURIComponent(prefix)}&limit=${limit}`;
    return this.client.get('golden', `${this.endpoints.golden}${path}`);
  }

  /** What a connector knows of a record: a row for each external id. */
  mirror(system: SystemId, entity: Entity, key: string): Promise<readonly unknown[]> {
    const path = `/mirror/${entity}/${encodeURIComponent(key)}`;
    return this.client.get(connectorName(system), `${this.connector(system)}${path}`);
  }

  /** Begins a dry run. */
  createRevert(selection: RevertSelection, actor: string): Promise<RevertReport> {
    return this.client.post('golden', `${this.endpoints.golden}/reverts`, { ...selection, actor });
  }

  revert(id: string): Promise<RevertReport> {
    return this.client.get('golden', `${this.endpoints.golden}/reverts/${encodeURIComponent(id)}`);
  }

  /** Records of a revert by what became of them, or those with something left as it is. */
  revertItems(id: string, which: { readonly outcome?: string; readonly skipped?: boolean }): Promise<RevertItem[]> {
    const query = new URLSearchParams({ limit: String(DRIFT_LIMIT) });
    if (which.outcome !== undefined) query.set('outcome', which.outcome);
    if (which.skipped) query.set('skipped', 'true');
    const path = `/reverts/${encodeURIComponent(id)}/items?${query.toString()}`;
    return this.client.get('golden', `${this.endpoints.golden}${path}`);
  }

  applyRevert(id: string, approval: RevertApproval): Promise<RevertReport> {
    return this.client.post('golden', `${this.endpoints.golden}/reverts/${encodeURIComponent(id)}/apply`, approval);
  }

  batches(entity: Entity, limit: number): Promise<readonly BatchReport[]> {
    return this.client.get('golden', `${this.endpoints.golden}/batches?entity=${entity}&limit=${limit}`);
  }

  /** What scanning each entity of a system costs, and how far it is. */
  scans(system: SystemId): Promise<readonly ScanReport[]> {
    return this.client.get(connectorName(system), `${this.connector(system)}/scans`);
  }

  /** What a system says of its records now: the page at `cursor`, or those of the ids. */
  source(
    system: SystemId,
    entity: Entity,
    choice: { readonly cursor: string | null } | { readonly ids: readonly string[] },
  ): Promise<SourcePage> {
    const query = new URLSearchParams();
    if ('ids' in choice) for (const id of choice.ids) query.append('id', id);
    else if (choice.cursor !== null) query.set('cursor', choice.cursor);
    return this.client.get(connectorName(system), `${this.connector(system)}/source/${entity}?${query.toString()}`);
  }

  rounds(limit: number): Promise<readonly RoundReport[]> {
    return this.client.get('reconciler', `${this.endpoints.reconciler}/rounds?limit=${limit}`);
  }

  round(id: string): Promise<RoundReport> {
    return this.client.get('reconciler', `${this.endpoints.reconciler}/rounds/${encodeURIComponent(id)}`);
  }

  /** The first {@link DRIFT_LIMIT} drifts of a round. */
  drift(roundId: string): Promise<readonly DriftItem[]> {
    const path = `/rounds/${encodeURIComponent(roundId)}/drift?limit=${DRIFT_LIMIT}`;
    return this.client.get('reconciler', `${this.endpoints.reconciler}${path}`);
  }

  /** How drift stands. */
  report(query: Readonly<Record<string, string>>): Promise<DriftReport> {
    const path = `/report?${new URLSearchParams(query).toString()}`;
    return this.client.get('reconciler', `${this.endpoints.reconciler}${path}`);
  }

  /** How each store stands now: objectives, and the drift of the last day. */
  storeDrift(): Promise<readonly StoreDrift[]> {
    return this.client.get('reconciler', `${this.endpoints.reconciler}/drift?since=1d`);
  }

  /** What the drift of a round has in common. */
  attribution(roundId: string): Promise<readonly OverRepresented[]> {
    const path = `/rounds/${encodeURIComponent(roundId)}/attribution`;
    return this.client.get('reconciler', `${this.endpoints.reconciler}${path}`);
  }

  startRounds(system: SystemId, entity: Entity | undefined): Promise<readonly RoundReport[]> {
    return this.client.post('reconciler', `${this.endpoints.reconciler}/rounds`, { system, ...(entity && { entity }) });
  }

  holds(service: 'golden' | 'reconciler'): Promise<readonly Hold[]> {
    return this.client.get(service, `${this.endpoints[service]}/holds?state=open`);
  }

  /** Open and decided ones, newest first. */
  allHolds(service: 'golden' | 'reconciler'): Promise<readonly Hold[]> {
    return this.client.get(service, `${this.endpoints[service]}/holds`);
  }

  /** What waits for a second person. */
  approvals(service: 'golden' | 'reconciler'): Promise<readonly Omit<WaitingApproval, 'service'>[]> {
    return this.client.get(service, `${this.endpoints[service]}/approvals`);
  }

  decide(hold: Hold, decision: 'approve' | 'reject', body: HoldDecision): Promise<unknown> {
    const service = hold.kind === 'live' ? 'golden' : 'reconciler';
    return this.client.post(
      service,
      `${this.endpoints[service]}/holds/${encodeURIComponent(hold.id)}/${decision}`,
      body,
    );
  }

  /** What no broker took of what a service publishes: those keys that were parked first. */
  parked(of: RelayOwner, limit: number): Promise<ParkedReport> {
    return this.client.get(serviceName(of), `${this.baseOf(of)}/outbox/parked?limit=${limit}`);
  }

  releaseParked(of: RelayOwner, keys: readonly string[] | 'all', actor: string): Promise<ParkedRelease> {
    return this.client.post(serviceName(of), `${this.baseOf(of)}/outbox/parked/release`, { keys, actor });
  }

  private baseOf(of: RelayOwner): string {
    return 'app' in of ? this.endpoints[of.app] : this.connector(of.system);
  }

  private connector(system: SystemId): string {
    const url = this.endpoints.connectors.get(system);
    if (url === undefined) throw new HubError('HUB_NOT_FOUND', `The hub file has no system "${system}".`, { system });
    return url;
  }
}

/** A service that publishes through an outbox. */
export type RelayOwner = { readonly app: 'golden' | 'reconciler' } | { readonly system: SystemId };

/** How people know a service. */
export function serviceName(of: RelayOwner): string {
  return 'app' in of ? of.app : connectorName(of.system);
}

/** How people know the process of a system. */
export function connectorName(system: SystemId): string {
  return `connector ${system}`;
}
