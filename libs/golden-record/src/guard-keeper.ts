import type { Entity } from '#contracts';
import { HubError, instantOfMs, type Instant } from '#kernel';
import type { GoldenMergerOptions } from './golden-merger.options.js';
import { describeExcess, findExcess, isHarmful, toThresholds, type GuardRule, type Thresholds } from './guard.js';
import { GuardWindow, windowBounds, type WindowSource } from './guard-window.js';
import type { GuardOutcome, IncomingChange, ObservedBatch } from './merge-page.js';
import type { HoldKeeper } from './hold-keeper.js';
import type { GoldenTransaction, GuardBatch, HeldContribution } from './ports.js';

/** What a page was judged by. */
export interface PageContext {
  readonly source: WindowSource;
  /** All batches of the page. */
  readonly all: readonly ObservedBatch[];
  /** Those that could exceed a limit by themselves, as {@link GuardKeeper.findBatches} answered. */
  readonly batches: readonly GuardBatch[];
  readonly window: GuardWindow | null;
}

/** Counting a catalogue reads all of its index, and a first import brings a batch every second or two. */
const CATALOGUE_AGE_MS = 30_000;

/** The guard's bookkeeping of batches. Every method runs in the caller's transaction. */
export class GuardKeeper {
  private readonly catalogues = new Map<Entity, { readonly count: number; readonly countedAtMs: number }>();

  constructor(
    private readonly options: Pick<GoldenMergerOptions, 'clock' | 'limits'>,
    private readonly holds: HoldKeeper,
  ) {}

  /** The batches as known; a new one is given the catalogue of now, or of half a minute ago at most. */
  async findBatches(
    tx: GoldenTransaction,
    source: WindowSource,
    batches: readonly ObservedBatch[],
  ): Promise<GuardBatch[]> {
    if (batches.length === 0) return [];
    const known = new Map((await tx.guard.findBatches(batches.map(({ id }) => id))).map((batch) => [batch.id, batch]));
    const catalogue = known.size < batches.length ? await this.countCatalogue(tx, source.entity) : 0;
    return batches.map((batch) => known.get(batch.id) ?? newBatch(source, batch, catalogue));
  }

  private async countCatalogue(tx: GoldenTransaction, entity: Entity): Promise<number> {
    const nowMs = this.options.clock.nowMs();
    const known = this.catalogues.get(entity);
    if (known && nowMs - known.countedAtMs < CATALOGUE_AGE_MS) return known.count;
    const count = await tx.guard.countLive(entity);
    this.catalogues.set(entity, { count, countedAtMs: nowMs });
    return count;
  }

  thresholds(entity: Entity, batches: readonly GuardBatch[]): Map<string, Thresholds> {
    const limits = this.options.limits[entity];
    return new Map(batches.map(({ id, catalogue }) => [id, toThresholds(limits, catalogue)]));
  }

  /** The window around a page in which something is harmful; locks its batches, then the window. */
  async openWindow(
    tx: GoldenTransaction,
    source: WindowSource,
    page: readonly IncomingChange[],
    batches: readonly GuardBatch[],
  ): Promise<GuardWindow> {
    for (const batch of batches) await tx.guard.noteSeen({ ...batch, seen: 0 }, this.now());
    const hasDeletes = page.some(({ event }) => event.status === 'deleted');
    const catalogue = hasDeletes ? await this.countCatalogue(tx, source.entity) : 0;
    return this.readWindow(
      tx,
      source,
      page.map(({ event }) => event.observedAt),
      catalogue,
    );
  }

  /**
   * Stores what the page set aside and judges the batches that it made whole; true when one of them was released.
   * Batches are locked in the order of their ids, then the holds that take something in.
   */
  async record(tx: GoldenTransaction, page: PageContext, outcome: GuardOutcome): Promise<boolean> {
    const now = this.now();
    const progress: GuardBatch[] = [];
    for (const batch of page.batches)
      progress.push(await tx.guard.noteSeen({ ...batch, seen: outcome.seen.get(batch.id) ?? 0 }, now));
    await this.holds.takeTurns(tx, page.source, outcome);
    if (page.window) await this.noteJoins(tx, page.window, outcome.held);
    await tx.guard.saveHeld(outcome.held.filter(({ holdId }) => holdId !== null));
    for (const batch of page.all) {
      const fresh = outcome.held.filter(({ holdId, batchId }) => holdId === null && batchId === batch.id);
      if (fresh.length > 0) await this.join(tx, newBatch(page.source, batch, 0), fresh);
    }
    if (page.window) await this.noteWindow(tx, page, page.window);
    let isReleased = false;
    for (const batch of progress)
      if (batch.seen >= batch.size && (await this.judge(tx, batch)) === 'released') isReleased = true;
    return isReleased;
  }

  /** Judges what is set aside of a locked batch: released as a whole, or held as a whole. */
  async judge(tx: GoldenTransaction, batch: GuardBatch): Promise<'nothing' | 'released' | 'held'> {
    if (!(await tx.guard.hasUndecidedHold(batch.id))) return 'nothing';
    const window = await this.readWindow(tx, batch, [batch.observedAt], batch.catalogue);
    const hold = await tx.guard.findUndecidedHold(batch.id);
    if (!hold) return 'nothing';
    const counts = await tx.guard.countRules(hold.id);
    const thresholds = toThresholds(this.options.limits[batch.entity], batch.catalogue);
    const excess = findExcess(withPassed(counts, batch, window, thresholds), thresholds);
    if (excess) {
      await this.holds.open(tx, { ...hold, ...excess, reason: describeExcess(excess) });
      return 'held';
    }
    if (hold.state === 'open') return 'held';
    await tx.guard.saveHold({ ...hold, state: 'released' });
    await tx.guard.addReleased([{ ...batch, released: Object.fromEntries(counts) }], this.now());
    return 'released';
  }

  private async join(tx: GoldenTransaction, batch: GuardBatch, fresh: readonly HeldContribution[]): Promise<void> {
    const hold = await tx.guard.ensureHold(batch, this.now());
    await tx.guard.saveHeld(fresh.map((held) => ({ ...held, holdId: hold.id, holdState: hold.state })));
  }

  /** Locks the holds known before that take something in: a person may have decided on one meanwhile. */
  private async noteJoins(
    tx: GoldenTransaction,
    window: GuardWindow,
    held: readonly HeldContribution[],
  ): Promise<void> {
    for (const [id, joined] of [...window.joined].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const hold = await tx.guard.lockHold(id);
      if (hold?.state !== 'open' && hold?.state !== 'collecting')
        throw new HubError('HUB_VERSION_CONFLICT', 'The hold was decided on meanwhile.', { hold: id });
      const times = held.filter(({ holdId }) => holdId === id).map(({ event }) => event.observedAt);
      const observedAt = [hold.observedAt, ...times].sort().at(-1) ?? hold.observedAt;
      const count = hold.count + joined;
      const reason = hold.state === 'open' ? describeExcess({ ...hold, count }) : hold.reason;
      await tx.guard.saveHold({ ...hold, count, reason, observedAt });
    }
  }

  /** Opens the holds that the window asks for, and notes what it let pass. */
  private async noteWindow(tx: GoldenTransaction, page: PageContext, window: GuardWindow): Promise<void> {
    const batches = new Map(page.all.map((batch) => [batch.id, newBatch(page.source, batch, 0)]));
    for (const { batchId, excess } of window.openings) {
      const hold = await tx.guard.findUndecidedHold(batchId);
      if (!hold) throw new HubError('HUB_INVARIANT_BROKEN', 'A hold to open is missing.', { batch: batchId });
      await this.holds.open(tx, { ...hold, ...excess, reason: describeExcess(excess) });
    }
    const passed = [...window.passed].flatMap(([id, counts]) => {
      const batch = batches.get(id);
      return batch ? [{ ...batch, released: Object.fromEntries(counts) }] : [];
    });
    if (passed.length > 0) await tx.guard.addReleased(passed, this.now());
  }

  private async readWindow(
    tx: GoldenTransaction,
    source: WindowSource,
    times: readonly Instant[],
    catalogue: number,
  ): Promise<GuardWindow> {
    const limits = this.options.limits[source.entity];
    const state = await tx.guard.lockWindow(source, ...windowBounds(times, limits.windowMs));
    return new GuardWindow(state, limits.windowMs, toThresholds(limits, catalogue));
  }

  private now(): Instant {
    return instantOfMs(this.options.clock.nowMs());
  }
}

function newBatch({ system, entity }: WindowSource, batch: ObservedBatch, catalogue: number): GuardBatch {
  const { id, size, observedAt } = batch;
  return { id, system, entity, size, seen: 0, observedAt, catalogue, released: {} };
}

/** What waits, with what passed before: of the batch, and by harmful rules of the window around it, the batch included. */
function withPassed(
  counts: ReadonlyMap<GuardRule, number>,
  batch: GuardBatch,
  window: GuardWindow,
  thresholds: Thresholds,
): ReadonlyMap<GuardRule, number> {
  const passed = (rule: GuardRule): number =>
    isHarmful(rule) ? window.countPassed(rule, batch.observedAt) : (batch.released[rule] ?? 0);
  return new Map([...thresholds.keys()].map((rule) => [rule, (counts.get(rule) ?? 0) + passed(rule)]));
}
