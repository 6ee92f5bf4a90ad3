import { HubError, instantOfMs, type Instant } from '#kernel';
import type { GoldenMergerOptions } from './golden-merger.options.js';
import { toAuditMessage } from './golden-messages.js';
import type { WindowSource } from './guard-window.js';
import type { GuardOutcome } from './merge-page.js';
import type { AuditEntry, GoldenTransaction, HoldRow } from './ports.js';
import { describeTurn, turnBatch, TURNS } from './turns.js';

/** What a person decided on a hold. */
export interface Decision {
  readonly holdId: string;
  readonly verdict: 'approved' | 'rejected';
  /** Digest of what the person saw. */
  readonly digest: string;
  readonly actor: string;
}

/** Opens holds and records what people decide on them. Every method runs in the caller's transaction. */
export class HoldKeeper {
  constructor(
    private readonly options: Pick<GoldenMergerOptions, 'clock' | 'encoder' | 'logger' | 'metrics' | 'topics'>,
  ) {}

  /** Opens a hold, or goes on with an open one. */
  async open(tx: GoldenTransaction, hold: HoldRow): Promise<void> {
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

  /** Opens the hold of turns, or adds to it; its batch is the last that a page locks. */
  async takeTurns(tx: GoldenTransaction, { system, entity }: WindowSource, outcome: GuardOutcome): Promise<void> {
    const fresh = outcome.held.filter(({ event, holdId }) => holdId === null && outcome.turns.has(event.externalId));
    const last = fresh.at(-1)?.event;
    const turn = last && outcome.turns.get(last.externalId);
    if (!turn) return;
    const { observedAt } = last;
    const batch = { id: turnBatch(last), system, entity, size: 0, seen: 0, observedAt, catalogue: 0, released: {} };
    const { id } = await tx.guard.ensureHold(await tx.guard.noteSeen(batch, this.now()), this.now());
    await tx.guard.saveHeld(fresh.map((one) => ({ ...one, holdId: id, holdState: 'open' })));
    const hold = await tx.guard.lockHold(id);
    if (!hold) throw new HubError('HUB_INVARIANT_BROKEN', 'A hold to open is missing.', { hold: id });
    const count = hold.count + fresh.length;
    const reason = describeTurn(count, system, turn);
    await this.open(tx, { ...hold, rule: TURNS, count, limit: 0, observedAt, reason });
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
