import type { Entity } from '#contracts';
import { HubError, instantOfMs, type Instant } from '#kernel';
import type { ChangePage, GoldenMergerOptions } from './golden-merger.options.js';
import { toAuditMessage } from './golden-messages.js';
import { describeExcess, findExcess, toThresholds, type Thresholds } from './guard.js';
import type { GuardOutcome, SourceBatch } from './merge-page.js';
import type { AuditEntry, GoldenTransaction, GuardBatch, HeldContribution, HoldRow } from './ports.js';

/** What a person decided on a hold. */
export interface Decision {
  readonly holdId: string;
  readonly verdict: 'approved' | 'rejected';
  /** Digest of what the person saw. */
  readonly digest: string;
  readonly actor: string;
}

/** The guard's bookkeeping: batches, holds and decisions. Every method runs in the caller's transaction. */
export class GuardKeeper {
  constructor(
    private readonly options: Pick<
      GoldenMergerOptions,
      'clock' | 'encoder' | 'limits' | 'logger' | 'metrics' | 'topics'
    >,
  ) {}

  /** The batches as known; a new one is given the catalogue of now. */
  async findBatches(
    tx: GoldenTransaction,
    page: Pick<ChangePage, 'system' | 'entity'>,
    batches: readonly SourceBatch[],
  ): Promise<GuardBatch[]> {
    if (batches.length === 0) return [];
    const known = new Map((await tx.guard.findBatches(batches.map(({ id }) => id))).map((batch) => [batch.id, batch]));
    const catalogue = known.size < batches.length ? await tx.guard.countLive(page.entity) : 0;
    const { system, entity } = page;
    return batches.map(
      ({ id, size }) => known.get(id) ?? { id, system, entity, size, seen: 0, catalogue, released: {} },
    );
  }

  thresholds(entity: Entity, batches: readonly GuardBatch[]): Map<string, Thresholds> {
    const limits = this.options.limits[entity];
    return new Map(batches.map(({ id, catalogue }) => [id, toThresholds(limits, catalogue)]));
  }

  /**
   * Stores what the page set aside and judges the batches that it made whole; true when one of them was released.
   * Batches are locked in the order of their ids.
   */
  async record(tx: GoldenTransaction, batches: readonly GuardBatch[], outcome: GuardOutcome): Promise<boolean> {
    const now = this.now();
    let isReleased = false;
    await tx.guard.saveHeld(outcome.held.filter(({ holdId }) => holdId !== null));
    for (const batch of batches) {
      const seen = outcome.seen.get(batch.id) ?? 0;
      const progress = await tx.guard.noteSeen({ ...batch, seen }, now);
      const fresh = outcome.held.filter(({ holdId, batchId }) => holdId === null && batchId === batch.id);
      if (fresh.length > 0) await this.join(tx, progress, fresh);
      if (progress.seen >= progress.size && (await this.judge(tx, progress)) === 'released') isReleased = true;
    }
    return isReleased;
  }

  /** Judges what is set aside of a locked batch: released as a whole, or held as a whole. */
  async judge(tx: GoldenTransaction, batch: GuardBatch): Promise<'nothing' | 'released' | 'held'> {
    const hold = await tx.guard.findUndecidedHold(batch.id);
    if (!hold) return 'nothing';
    const counts = await tx.guard.countRules(hold.id);
    const total = new Map(counts);
    for (const [rule, count] of Object.entries(batch.released)) total.set(rule, count + (total.get(rule) ?? 0));
    const excess = findExcess(total, toThresholds(this.options.limits[batch.entity], batch.catalogue));
    if (excess) {
      const { rule, count, limit } = excess;
      await this.open(tx, { ...hold, rule, count, limit, reason: describeExcess(excess) });
      return 'held';
    }
    if (hold.state === 'open') return 'held';
    await tx.guard.saveHold({ ...hold, state: 'released' });
    await tx.guard.addReleased(batch.id, counts);
    return 'released';
  }

  /**
   * Records a person's decision; the settler does the rest. Repeating a decision changes nothing.
   * @throws HubError HUB_NOT_FOUND, HUB_REQUEST_INVALID (decided otherwise), HUB_APPROVAL_STALE
   */
  async decide(tx: GoldenTransaction, decision: Decision): Promise<HoldRow> {
    const { holdId, verdict, digest, actor } = decision;
    const hold = await tx.guard.lockHold(holdId);
    if (!hold || hold.state === 'collecting' || hold.state === 'released')
      throw new HubError('HUB_NOT_FOUND', `There is no hold ${holdId}.`, { holdId });
    if (hold.digest !== digest)
      throw new HubError('HUB_APPROVAL_STALE', 'What is held is not what this digest names.', {
        holdId,
        now: hold.digest,
      });
    if (hold.state === verdict) return hold;
    if (hold.state !== 'open')
      throw new HubError('HUB_REQUEST_INVALID', `The hold ${holdId} was ${hold.state} already.`, { holdId });
    const decided = { ...hold, state: verdict, decidedAt: this.now(), decidedBy: actor };
    await tx.guard.saveHold(decided);
    await this.audit(tx, decided, `hold.${verdict}`, actor);
    return decided;
  }

  private async join(tx: GoldenTransaction, batch: GuardBatch, fresh: readonly HeldContribution[]): Promise<void> {
    const hold = await tx.guard.ensureHold(batch, this.now());
    await tx.guard.saveHeld(fresh.map((held) => ({ ...held, holdId: hold.id, holdState: hold.state })));
  }

  private async open(tx: GoldenTransaction, hold: HoldRow): Promise<void> {
    const wasOpen = hold.state === 'open';
    await tx.guard.saveHold({ ...hold, state: 'open', openedAt: wasOpen ? hold.openedAt : this.now() });
    if (wasOpen) return;
    const { id, system, entity, rule, count, limit } = hold;
    this.options.logger.warn(
      { hold: id, system, entity, rule, count, limit },
      'source batch held, nothing of it written',
    );
    this.options.metrics.count('plumbline_golden_holds_total', 1, { system, entity });
    await this.audit(tx, hold, 'hold.opened', 'guard');
  }

  /** The hold's row lock serialises its audit events. */
  private async audit(tx: GoldenTransaction, hold: HoldRow, action: string, actor: string): Promise<void> {
    const { id, system, entity, rule, count, limit, digest } = hold;
    const details = { system, entity, rule, count: String(count), limit: String(limit), digest };
    const entry: AuditEntry = { id: `${id}/${action}`, actor, action, subject: id, details, at: this.now() };
    await tx.guard.recordDecision(entry);
    await tx.outbox.append([toAuditMessage(entry, this.options.topics, this.options.encoder)]);
  }

  private now(): Instant {
    return instantOfMs(this.options.clock.nowMs());
  }
}
