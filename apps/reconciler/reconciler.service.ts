import type { FourEyes, PendingApproval, RequestAccess } from '#auth';
import type { Entity, Hold, HoldDecision, RoundReport } from '#contracts';
import type { HubFile } from '#hub-file';
import { HubError, type SystemId } from '#kernel';
import { nextStep, type DriftReporter, type RoundReads, type RoundStore, type ScheduleEntry } from '#reconciliation';

/** What the service works with. */
export interface ReconcilerParts {
  readonly hubFile: HubFile;
  readonly store: RoundStore;
  readonly reads: RoundReads;
  readonly reporter: DriftReporter;
  readonly fourEyes: FourEyes;
  /** Called when a round has a step to run. */
  readonly onDue: () => void;
}

/** What people ask of the reconciler. */
export class ReconcilerService {
  constructor(private readonly parts: ReconcilerParts) {}

  get reads(): RoundReads {
    return this.parts.reads;
  }

  get reporter(): DriftReporter {
    return this.parts.reporter;
  }

  /**
   * Starts a round of each mapped entity of a system, or of one; a round that is already open stands for a new one.
   * @throws HubError HUB_NOT_FOUND
   */
  async startRounds(system: string, entity: Entity | undefined): Promise<RoundReport[]> {
    const known = this.parts.hubFile.systems.find(({ id }) => id === system);
    if (!known) throw new HubError('HUB_NOT_FOUND', `The hub file has no system "${system}".`, { system });
    const mapped = Object.keys(known.entities) as Entity[];
    if (entity !== undefined && !mapped.includes(entity))
      throw new HubError('HUB_NOT_FOUND', `The system ${system} maps no ${entity}.`, { system, entity });
    const reports: RoundReport[] = [];
    for (const one of entity === undefined ? mapped : [entity]) {
      const { round } = await this.parts.store.start(known.id, one, true);
      reports.push(await this.reads.getReport(round.id));
    }
    this.parts.onDue();
    return reports;
  }

  /** Starts a scheduled round, unless one is open. */
  async startScheduled(system: SystemId, entity: Entity): Promise<void> {
    await this.parts.store.start(system, entity, false);
    this.parts.onDue();
  }

  /**
   * Decides on a hold; the commit follows on its own, and asks again where rows moved since.
   * @throws HubError HUB_NOT_FOUND; HUB_APPROVAL_STALE when it was decided already or holds other rows now;
   *   HUB_SECOND_PERSON_NEEDED
   */
  async decide(
    holdId: string,
    { kind, ...decision }: HoldDecision & { readonly kind: 'approved' | 'rejected' },
    access: RequestAccess,
  ): Promise<Hold> {
    const hold = await this.reads.getHold(holdId);
    access.assertReaches(hold);
    const decide = (): Promise<Hold> => this.advance(holdId, { kind, ...decision });
    if (kind === 'rejected') return decide();
    const request = { act: access.permission, subject: holdId, digest: decision.digest };
    return this.parts.fourEyes.run(request, { records: hold.count, principal: access.principal }, decide);
  }

  /** Approvals that wait for a second person, as far as the caller's roles reach what they are of. */
  async waiting(access: RequestAccess): Promise<PendingApproval[]> {
    const waiting = await this.parts.fourEyes.waiting();
    const holds = await Promise.all(waiting.map(({ subject }) => this.reads.getHold(subject)));
    return waiting.filter((_, index) => holds[index]?.state === 'open' && access.reaches(holds[index]));
  }

  private async advance(
    holdId: string,
    { kind, digest, actor }: HoldDecision & { readonly kind: 'approved' | 'rejected' },
  ): Promise<Hold> {
    const { store } = this.parts;
    const round = await store.getRound(holdId);
    try {
      await store.advance(nextStep(round, { kind, digest, actor }, () => 0));
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'HUB_LEASE_LOST') throw error;
      const message = 'Someone else decided this hold at the same time.';
      throw new HubError('HUB_APPROVAL_STALE', message, { holdId }, { cause: error });
    }
    this.parts.onDue();
    return this.reads.getHold(holdId);
  }
}

/** A round per (system, entity) and interval, spread evenly over it. */
export function planSchedule({ systems, reconcile }: HubFile): ScheduleEntry[] {
  const pairs = systems.flatMap(({ id, entities }) =>
    (Object.keys(entities) as Entity[]).map((entity) => ({ system: id, entity })),
  );
  const { everyMs } = reconcile;
  return pairs.map((pair, index) => ({ ...pair, everyMs, offsetMs: Math.floor((index * everyMs) / pairs.length) }));
}
