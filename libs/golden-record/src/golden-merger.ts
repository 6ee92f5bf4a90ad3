import type { Entity } from '#contracts';
import { HubError, instantOfMs, type BusinessKey } from '#kernel';
import { policyOf, type ChangePage, type GoldenMergerOptions } from './golden-merger.options.js';
import { GuardKeeper } from './guard-keeper.js';
import type { GuardWindow } from './guard-window.js';
import { HoldKeeper, type Decision } from './hold-keeper.js';
import {
  mergePage,
  observedBatches,
  settleHeld,
  trackedBatches,
  type IncomingChange,
  type TurnWatch,
} from './merge-page.js';
import type { GoldenTransaction, HeldContribution, HoldRow, KeyRecord } from './ports.js';
import { RecordBook } from './record-book.js';
import { storeBook } from './store-book.js';
import { mayTakeTurn, TURN_VERSIONS, turnFields } from './turns.js';

/** What became of a page. `judged` is true when a batch became whole and what it released waits to be settled. */
export interface PageResult {
  readonly merged: number;
  readonly skipped: number;
  readonly judged: boolean;
}

/** Largest page; more would hold key locks too long. */
export const MAX_PAGE = 500;

/**
 * Golden's work on contributions: each method is one transaction, all or nothing, and safe to repeat. The merge itself
 * is pure; this class loads, decides in memory and stores set by set.
 */
export class GoldenMerger {
  private readonly holds: HoldKeeper;
  private readonly keeper: GuardKeeper;
  /** Where this process left each partition. */
  private readonly applied = new Map<string, bigint>();

  constructor(private readonly options: GoldenMergerOptions) {
    this.holds = new HoldKeeper(options);
    this.keeper = new GuardKeeper(options, this.holds);
  }

  /**
   * Applies a page exactly once: what the partition's applied offset has passed is skipped.
   * @throws HubError HUB_DATABASE_OLD when the database went back in time under this process, whose consumer is further
   *   than the database by then; HUB_DATABASE_*, HUB_REGISTRY_UNREACHABLE; nothing happened then
   */
  async applyPage(page: ChangePage): Promise<PageResult> {
    const result = await this.options.store.transaction(async (tx) => {
      const next = await tx.offsets.lock(page.topic, page.partition);
      this.assertForward(page, next);
      const { partition } = page;
      const fresh = page.messages
        .filter(({ offset }) => offset >= next)
        .map((message) => ({ ...message, place: { partition, offset: message.offset } }));
      const judged = fresh.length > 0 && (await this.mergeFresh(tx, page, fresh));
      await tx.offsets.advance({ topic: page.topic, partition: page.partition, nextOffset: page.nextOffset });
      return { merged: fresh.length, skipped: page.messages.length - fresh.length, judged };
    });
    this.applied.set(`${page.topic}/${page.partition}`, page.nextOffset);
    const labels = { system: page.system, entity: page.entity };
    this.options.metrics.count('plumbline_golden_contributions_total', result.merged, labels);
    return result;
  }

  /** Settles up to a page of contributions whose hold was released, approved or rejected; false when none is left. */
  async settleDecided(): Promise<boolean> {
    return this.options.store.transaction(async (tx) => {
      const waiting = await tx.guard.findSettled(MAX_PAGE);
      const first = waiting[0]?.event;
      if (!first) return false;
      await tx.lockKeys(first.entity, toKeys(waiting));
      const ids = waiting.map(({ event }) => event.externalId);
      const held = (await tx.guard.findHeld(first.entity, first.system, ids)).filter(isDecided(waiting));
      const book = await this.openBook(tx, first.entity, toKeys(held));
      for (const one of held) settleHeld(book, one);
      const settled = held.map(({ event }) => event.externalId);
      await tx.guard.removeHeld(first.entity, first.system, settled);
      await storeBook(this.options, tx, first.entity, book);
      return true;
    });
  }

  /** Judges one batch of which nothing was seen for `idleMs`: the rest may be lost to compaction. False when there is none. */
  async judgeStale(idleMs: number): Promise<boolean> {
    const { store, clock } = this.options;
    return store.transaction(async (tx) => {
      const batch = await tx.guard.lockStaleBatch(instantOfMs(clock.nowMs() - idleMs));
      if (batch) await this.keeper.judge(tx, batch);
      return batch !== null;
    });
  }

  /**
   * Merges up to a page of records after the key `after` (first '') again that an older policy made. Answers the last
   * key, or null when none is left. Resumable from '': the record itself names its policy.
   */
  async remergeOutdated(entity: Entity, after: BusinessKey): Promise<BusinessKey | null> {
    return this.options.store.transaction(async (tx) => {
      const keys = await tx.findOutdatedKeys(entity, policyOf(this.options, entity).version, after, MAX_PAGE);
      if (keys.length === 0) return null;
      await tx.lockKeys(entity, keys);
      const book = await this.openBook(tx, entity, keys);
      for (const key of keys) book.remerge(key);
      await storeBook(this.options, tx, entity, book);
      return keys.at(-1) ?? null;
    });
  }

  /** Records a person's decision on a hold. @throws HubError HUB_NOT_FOUND, HUB_REQUEST_INVALID, HUB_APPROVAL_STALE */
  async decide(decision: Decision): Promise<HoldRow> {
    return this.options.store.transaction((tx) => this.holds.decide(tx, decision));
  }

  private assertForward({ topic, partition }: ChangePage, next: bigint): void {
    const left = this.applied.get(`${topic}/${partition}`) ?? 0n;
    if (next >= left) return;
    const what = 'The database went back in time while this process ran.';
    throw new HubError('HUB_DATABASE_OLD', what, { topic, partition, next, left });
  }

  private async mergeFresh(
    tx: GoldenTransaction,
    page: ChangePage,
    fresh: readonly IncomingChange[],
  ): Promise<boolean> {
    const { entity, system } = page;
    const keys = [...new Set(fresh.map(({ event }) => event.key))];
    await tx.lockKeys(entity, keys);
    const held = await tx.guard.findHeld(entity, system, [...new Set(fresh.map(({ event }) => event.externalId))]);
    const records = await tx.findRecords(entity, keys);
    const limits = this.options.limits[entity];
    const batches = await this.keeper.findBatches(tx, page, trackedBatches(fresh, limits));
    const turns = await this.watchTurns(tx, entity, fresh, records);
    const guard = { limits, thresholds: this.keeper.thresholds(entity, batches), held, window: null, turns };
    let book = this.newBook(entity, records);
    let outcome = mergePage(book, fresh, guard);
    let window: GuardWindow | null = null;
    if (outcome.harms.length > 0) {
      window = await this.keeper.openWindow(tx, page, fresh, batches);
      book = this.newBook(entity, records);
      outcome = mergePage(book, fresh, { ...guard, window });
    }
    await storeBook(this.options, tx, entity, book);
    if (outcome.repairs.length > 0) await tx.reverts.addRepairs(entity, outcome.repairs);
    if (outcome.settled.length > 0) await tx.guard.removeHeld(entity, system, outcome.settled);
    if (outcome.duplicates > 0)
      this.options.logger.debug(
        { topic: page.topic, duplicates: outcome.duplicates },
        'duplicate contributions ignored',
      );
    return this.keeper.record(tx, { batches, all: observedBatches(fresh), source: page, window }, outcome);
  }

  /** Reads the past of those records only in which a system may take a turn. */
  private async watchTurns(
    tx: GoldenTransaction,
    entity: Entity,
    fresh: readonly IncomingChange[],
    records: readonly KeyRecord[],
  ): Promise<TurnWatch> {
    const fields = turnFields(entity, policyOf(this.options, entity));
    const goldens = new Map(records.map(({ key, golden }) => [key, golden]));
    const from = new Map<BusinessKey, bigint>();
    for (const { event } of fields.length > 0 ? fresh : []) {
      const golden = goldens.get(event.key) ?? null;
      if (golden && mayTakeTurn(event, golden, fields, this.options.clock.nowMs()))
        from.set(event.key, golden.version > TURN_VERSIONS ? golden.version - TURN_VERSIONS : 1n);
    }
    return { fields, past: from.size > 0 ? await tx.reverts.findVersions(entity, from) : new Map() };
  }

  private async openBook(tx: GoldenTransaction, entity: Entity, keys: readonly BusinessKey[]): Promise<RecordBook> {
    return this.newBook(entity, await tx.findRecords(entity, keys));
  }

  private newBook(entity: Entity, records: readonly KeyRecord[]): RecordBook {
    const now = instantOfMs(this.options.clock.nowMs());
    return new RecordBook(entity, policyOf(this.options, entity), now, records);
  }
}

function toKeys(held: readonly HeldContribution[]): BusinessKey[] {
  return [...new Set(held.map(({ event }) => event.key))];
}

/** Whether a held contribution is still the one that was found, and still decided. */
function isDecided(found: readonly HeldContribution[]): (held: HeldContribution) => boolean {
  const keys = new Map(found.map(({ holdId, event }) => [event.externalId, `${holdId}/${event.key}`]));
  return ({ holdId, holdState, event }) =>
    holdState !== 'collecting' && holdState !== 'open' && keys.get(event.externalId) === `${holdId}/${event.key}`;
}
