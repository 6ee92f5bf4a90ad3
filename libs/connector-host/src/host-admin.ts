import type { CheckReport, IncomingWebhook } from '#connector-sdk';
import {
  ENTITIES,
  type Entity,
  type EntityStatus,
  type PlanEntity,
  type PlanReport,
  type RestoredEntity,
  type RestoredReport,
  type ScanReport,
  type SourcePage,
  type SystemMode,
  type SystemStatus,
} from '#contracts';
import { HubError, inLane, instantOfMs, Turns, type BusinessKey, type StepLoop } from '#kernel';
import type { Keep, MirrorReports, RoundMirror } from '#mirror';
import type { ScanStore } from '#reconciliation';
import type { EntityLoops } from './entity-loops.js';
import type { EntityContext, HostContext } from './host-context.js';
import { goldenLag } from './golden-lag.js';
import type { Hints } from './hints.js';
import { reportScan } from './report-scan.js';
import { scanEntity, type Candidate } from './scan.js';
import { readSourcePage, sourceEntity, type SourceChoice } from './source-page.js';
import type { SwitchableConnector } from './switchable-connector.js';

/** What an admin service needs besides the context. */
export interface HostAdminOptions {
  readonly connectorId: string;
  readonly reports: MirrorReports;
  readonly connector: SwitchableConnector;
  readonly loops: readonly EntityLoops[];
  readonly hints: Hints;
  /** The loop that settles what was restored. */
  readonly settling: StepLoop;
  readonly mirror: RoundMirror;
  readonly scans: ScanStore;
  /** End offsets of a golden topic by partition. */
  readonly endOffsets: (topic: string) => Promise<ReadonlyMap<number, bigint>>;
}

/** Keys of each kind that show how a restored system differs. */
const SAMPLES = 5;

/** Records listed in a status answer. */
const MAX_SET_ASIDE = 100;

/** What people may ask of, and do to, a connector host. */
export class HostAdmin {
  /** Two changes of mode at once could leave the connection in one mode and the database in the other. */
  private readonly modeChanges = new Turns();

  constructor(
    private readonly context: HostContext,
    private readonly options: HostAdminOptions,
  ) {}

  async status(): Promise<SystemStatus> {
    const { reports, connectorId, loops } = this.options;
    const { mode } = await reports.findMode();
    const entities: EntityStatus[] = [];
    for (const { entity, source } of loops) {
      const caughtUpAt = source.caughtUpAtMs === null ? null : instantOfMs(source.caughtUpAtMs);
      entities.push({ ...(await reports.findStatus(entity)), caughtUpAt });
    }
    return {
      system: this.context.system,
      connector: connectorId,
      mode,
      ...(this.heldState() ?? this.worstLoop()),
      entities,
      outboxRows: await this.context.outboxRows(),
      setAside: await reports.findSetAside(MAX_SET_ASIDE),
    };
  }

  check(): Promise<CheckReport> {
    return this.context.connector.check();
  }

  /** How the system differs from what the hub would make of it. Changes nothing. */
  async plan(samples: number): Promise<PlanReport> {
    const { mode } = await this.options.reports.findMode();
    const entities: PlanEntity[] = [];
    let scanned = true;
    for (const entity of this.context.entities.keys()) {
      scanned &&= (await this.context.store.findFirstScan(entity)) !== null;
      const plan = await this.options.reports.findPlan(entity, samples);
      entities.push({ ...plan, lag: await goldenLag(this.context.topics.golden(entity), this.options) });
    }
    const why = whyNotWrite(scanned, entities);
    return { system: this.context.system, mode, scanned, entities, writeAllowed: why === null, why };
  }

  /** What scanning each entity costs, and how far scans under way are. Asks nothing of the system. */
  scans(): Promise<ScanReport[]> {
    const { mirror, scans } = this.options;
    return Promise.all([...this.context.entities.values()].map((one) => reportScan(this.context, one, mirror, scans)));
  }

  /** What the system says of its records now, as a scan: in the rounds' share of its budget. @throws HubError HUB_NOT_FOUND, as {@link readSourcePage} */
  async readSource(entity: string, choice: SourceChoice): Promise<SourcePage> {
    const found = sourceEntity(this.context, entity);
    return inLane('reconcile', () => readSourcePage(this.context, found, this.options.mirror, choice));
  }

  /**
   * Changes the mode in force. Coming to `write` needs a complete scan and no differing field.
   * @throws HubError HUB_MODE_NEEDS_ADOPT
   */
  setMode(mode: SystemMode, actor: string): Promise<void> {
    return this.modeChanges.take(() => this.changeMode(mode, actor));
  }

  /** Opens the connection in the mode in force: another replica may have changed it. */
  followMode(): Promise<void> {
    return this.modeChanges.take(async () => {
      const { mode } = await this.options.reports.findMode();
      if (mode === this.options.connector.openedIn) return;
      this.context.logger.info({ mode }, 'mode followed');
      await this.options.connector.switchTo(mode);
      this.wakeWriters();
    });
  }

  /** Whether the system went back in time and, while somebody must choose, how it differs; reads every record then. */
  async restored(): Promise<RestoredReport> {
    const { restored, system, entities } = this.context;
    await restored.refresh();
    const { mode } = await this.options.reports.findMode();
    const { reason = null, since = null, keep = null } = restored.current ?? {};
    const differing: RestoredEntity[] = [];
    if (restored.phase === 'held') for (const entity of entities.values()) differing.push(await this.compare(entity));
    return { system, mode, phase: restored.phase, reason, since, keep, entities: differing };
  }

  /**
   * Says whose state counts in a system that went back in time.
   * @throws HubError HUB_NOT_FOUND when it is not held; HUB_REQUEST_INVALID when the hub shall push and may not write
   */
  async keep(keep: Keep, actor: string): Promise<void> {
    const { restored, system } = this.context;
    const { mode } = await this.options.reports.findMode();
    if (keep === 'hub' && mode === 'observe')
      throw new HubError(
        'HUB_REQUEST_INVALID',
        `The hub may only read ${system}. Set it to write in the hub file and apply, or keep the state of the system.`,
        { system },
      );
    await restored.refresh();
    await restored.choose(keep, actor);
    this.options.settling.wake();
  }

  /** Verifies a request of the system and queues what it names. @throws HubError HUB_WEBHOOK_REFUSED */
  takeWebhook(request: IncomingWebhook): { readonly waiting: number } {
    return { waiting: this.options.hints.add(this.options.connector.webhook(request)) };
  }

  /** Mirror rows of a key, as plain data. @throws HubError HUB_NOT_FOUND for an unknown entity */
  async findRows(entity: string, key: string): Promise<readonly unknown[]> {
    if (!(entity in ENTITIES)) throw new HubError('HUB_NOT_FOUND', `There is no entity "${entity}".`, { entity });
    const rows = await this.options.reports.findRows(entity as Entity, key as BusinessKey);
    const text = JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    return JSON.parse(text) as unknown[];
  }

  private async changeMode(mode: SystemMode, actor: string): Promise<void> {
    const before = await this.options.reports.findMode();
    if (before.mode === mode) return;
    if (mode === 'write') {
      const plan = await this.plan(5);
      if (!plan.writeAllowed)
        throw new HubError('HUB_MODE_NEEDS_ADOPT', `${this.context.system} can't go to write: ${plan.why}`, {
          system: this.context.system,
        });
      await this.options.connector.switchTo('write');
    }
    await this.options.reports.saveMode(mode, actor);
    if (mode === 'observe') await this.options.connector.switchTo('observe');
    this.context.logger.info({ mode, actor }, 'mode changed');
    this.wakeWriters();
  }

  private wakeWriters(): void {
    for (const { writers } of this.options.loops) for (const writer of writers) writer.wake();
  }

  private async compare(entity: EntityContext): Promise<RestoredEntity> {
    const { scanned, candidates } = await scanEntity(this.context, entity, this.options.mirror);
    const of = (kind: Candidate['difference']['kind']): Candidate['difference'][] =>
      candidates.map(({ difference }) => difference).filter((difference) => difference.kind === kind);
    const [changed, missing, foreign] = [of('changed'), of('missing'), of('foreign')];
    const keysOf = (found: Candidate['difference'][]): string[] =>
      found.slice(0, SAMPLES).map(({ key, externalId }) => key ?? externalId);
    return {
      ...{ entity: entity.entity, scanned },
      ...{ changed: changed.length, missing: missing.length, foreign: foreign.length },
      samples: { changed: keysOf(changed), missing: keysOf(missing), foreign: keysOf(foreign) },
    };
  }

  /** Before any loop has met it. */
  private heldState(): Pick<SystemStatus, 'state' | 'problem'> | null {
    const { phase, current } = this.context.restored;
    if (phase !== 'held' || !current) return null;
    const { message, hint } = new HubError('HUB_SOURCE_RESTORED', current.reason);
    return { state: 'stopped', problem: `${message} ${hint}` };
  }

  private worstLoop(): Pick<SystemStatus, 'state' | 'problem'> {
    const { settling } = this.options;
    const loops = [...this.options.loops.flatMap(({ all }) => all), settling];
    const worst =
      loops.find(({ state }) => state === 'stopped') ?? loops.find(({ state }) => state === 'down') ?? loops[0];
    return { state: worst?.state ?? 'running', problem: worst?.problem ?? null };
  }
}

function whyNotWrite(scanned: boolean, entities: readonly PlanEntity[]): string | null {
  if (!scanned) return 'its first complete scan has not ended yet.';
  const lag = entities.reduce((sum, entity) => sum + entity.lag, 0);
  if (lag > 0) return `it has yet to store ${lag} golden events; try again when it has caught up.`;
  const different = entities.filter((entity) => entity.different > 0);
  if (different.length === 0) return null;
  const list = different.map(({ entity, different: count }) => `${count} ${entity}`).join(', ');
  return `records differ from the hub (${list}); settle them first, see plumbline plan.`;
}
