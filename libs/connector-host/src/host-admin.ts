import type { CheckReport } from '#connector-sdk';
import {
  ENTITIES,
  type Entity,
  type EntityStatus,
  type PlanEntity,
  type PlanReport,
  type SystemMode,
  type SystemStatus,
} from '#contracts';
import { HubError, instantOfMs, type BusinessKey, type StepLoop } from '#kernel';
import type { MirrorReports } from '#mirror';
import type { EntityLoops } from './entity-loops.js';
import type { HostContext } from './host-context.js';
import type { SwitchableConnector } from './switchable-connector.js';

/** What an admin service needs besides the context. */
export interface HostAdminOptions {
  readonly connectorId: string;
  readonly reports: MirrorReports;
  readonly connector: SwitchableConnector;
  readonly loops: readonly EntityLoops[];
  /** End offsets of a golden topic by partition. */
  readonly endOffsets: (topic: string) => Promise<ReadonlyMap<number, bigint>>;
}

/** Records listed in a status answer. */
const MAX_SET_ASIDE = 100;

/** What people may ask of, and do to, a connector host. */
export class HostAdmin {
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
      ...this.worstLoop(),
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
      entities.push({ ...plan, lag: await this.lagOf(entity) });
    }
    const why = whyNotWrite(scanned, entities);
    return { system: this.context.system, mode, scanned, entities, writeAllowed: why === null, why };
  }

  /**
   * Changes the mode in force. Coming to `write` needs a complete scan and no differing field.
   * @throws HubError HUB_MODE_NEEDS_ADOPT
   */
  async setMode(mode: SystemMode, actor: string): Promise<void> {
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
    for (const loops of this.options.loops) loops.writer.wake();
  }

  /** Mirror rows of a key, as plain data. @throws HubError HUB_NOT_FOUND for an unknown entity */
  async findRows(entity: string, key: string): Promise<readonly unknown[]> {
    if (!(entity in ENTITIES)) throw new HubError('HUB_NOT_FOUND', `There is no entity "${entity}".`, { entity });
    const rows = await this.options.reports.findRows(entity as Entity, key as BusinessKey);
    const text = JSON.stringify(rows, (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
    return JSON.parse(text) as unknown[];
  }

  private async lagOf(entity: Entity): Promise<number> {
    const topic = this.context.topics.golden(entity);
    const applied = await this.options.reports.findApplied(topic);
    let lag = 0n;
    for (const [partition, end] of await this.options.endOffsets(topic)) lag += end - (applied.get(partition) ?? 0n);
    return Number(lag);
  }

  private worstLoop(): Pick<SystemStatus, 'state' | 'problem'> {
    const loops: StepLoop[] = this.options.loops.flatMap(({ reader, rereader, writer }) => [reader, rereader, writer]);
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
