import type { ContributionEvent } from '#contracts';
import type { LiveLimits } from '#hub-file';
import { HubError, type BusinessKey, type ExternalId, type Instant } from '#kernel';
import { applyContribution, isNewer, rejectContribution } from './contribution.js';
import {
  countedRules,
  harmfulRules,
  harmlessSize,
  isFirstObservation,
  suspiciousRules,
  type GoldenChange,
  type Thresholds,
} from './guard.js';
import type { Cause, GoldenRecord, Place } from './golden.js';
import type { GuardWindow, Harm, UndecidedHold } from './guard-window.js';
import type { HeldContribution } from './ports.js';
import { toRepair, type Repair, type RoundMark } from './repair.js';
import type { RecordBook, Trial } from './record-book.js';
import { findTurn, turnBatch, TURNS, type Turn } from './turns.js';

/** The source batch of a change event: one bounded read, or one file. */
export interface SourceBatch {
  readonly id: string;
  /** Change events of the batch and entity, over all partitions. */
  readonly size: number;
}

/** One change event as it came. */
export interface IncomingChange {
  readonly event: ContributionEvent;
  /** Null for what was judged before it was made an event (a round's commit): the guard does not count it. */
  readonly batch: SourceBatch | null;
  readonly isBulk: boolean;
  /** Where it lies on its topic. */
  readonly place?: Place;
  /** The reconcile round that committed it. */
  readonly round?: RoundMark | null;
}

/** A batch, and when the first event of it on this page was made. */
export interface ObservedBatch extends SourceBatch {
  readonly observedAt: Instant;
}

/** What the guard knows when a page comes in. */
export interface PageGuard {
  readonly limits: LiveLimits;
  /** Of every batch that could exceed a limit, by batch id. */
  readonly thresholds: ReadonlyMap<string, Thresholds>;
  /** What is set aside of the page's external ids. */
  readonly held: readonly HeldContribution[];
  /** Null until it is known that something of the page is harmful: reading it costs statements and a lock. */
  readonly window: GuardWindow | null;
  readonly turns: TurnWatch;
}

/** What is known of systems that may take turns at a field. */
export interface TurnWatch {
  /** Those at which nobody may. */
  readonly fields: readonly string[];
  /** Versions of the records whose past matters, ascending, the current one last. */
  readonly past: ReadonlyMap<BusinessKey, readonly GoldenRecord[]>;
}

/** What the page means for the guard. */
export interface GuardOutcome {
  /** Contributions set aside or replaced; a new one has no hold yet. */
  readonly held: readonly HeldContribution[];
  /** External ids that are no longer held. */
  readonly settled: readonly ExternalId[];
  /** New events seen, per batch that could exceed a limit. */
  readonly seen: ReadonlyMap<string, number>;
  readonly duplicates: number;
  /** What a round found, and golden answered with another value. */
  readonly repairs: readonly Repair[];
  /** What counts on the window. Where there was none, the outcome is void: merge again with one. */
  readonly harms: readonly Harm[];
  /** Contributions set aside because their system takes turns with another one, with the last turn. */
  readonly turns: ReadonlyMap<ExternalId, Turn>;
}

/** Batches that could exceed a limit by themselves: the others are merged without being seen whole. */
export function trackedBatches(page: readonly IncomingChange[], limits: LiveLimits): ObservedBatch[] {
  const harmless = harmlessSize(limits);
  return observedBatches(page).filter(({ size }) => size > harmless);
}

/** All batches of the page, in the order of their ids. */
export function observedBatches(page: readonly IncomingChange[]): ObservedBatch[] {
  const batches = new Map<string, ObservedBatch>();
  for (const { batch, event } of page)
    if (batch && !batches.has(batch.id)) batches.set(batch.id, { ...batch, observedAt: event.observedAt });
  return [...batches.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Merges a page of one (system, entity) into the book, event by event, setting aside what the guard must judge first. */
export function mergePage(book: RecordBook, page: readonly IncomingChange[], guard: PageGuard): GuardOutcome {
  return new PageMerge(book, guard).run(page);
}

/** Settles held contributions after the decision on their hold: merges them, or records them as rejected. */
export function settleHeld(book: RecordBook, held: HeldContribution): void {
  const { event, holdState, isBulk } = held;
  const current = book.find(event.key, event.system, event.externalId);
  const next = holdState === 'rejected' ? rejectContribution(current, event) : applyContribution(current, event);
  if (next !== 'duplicate') book.commit(book.try(event.key, next, causeOfHeld(held)), next, isBulk);
}

class PageMerge {
  private readonly held = new Map<ExternalId, HeldContribution>();
  private readonly moved = new Set<ExternalId>();
  private readonly settled = new Set<ExternalId>();
  private readonly seen = new Map<string, number>();
  private readonly harms: Harm[] = [];
  private readonly repairs: Repair[] = [];
  private readonly turns = new Map<ExternalId, Turn>();
  private duplicates = 0;

  constructor(
    private readonly book: RecordBook,
    private readonly guard: PageGuard,
  ) {
    for (const held of guard.held) this.held.set(held.event.externalId, held);
  }

  run(page: readonly IncomingChange[]): GuardOutcome {
    for (const change of page) this.take(change);
    const held = [...this.moved].flatMap((id) => this.held.get(id) ?? []);
    const { seen, duplicates, harms, repairs, turns } = this;
    return { held, settled: [...this.settled], seen, duplicates, harms, repairs, turns };
  }

  private take(change: IncomingChange): void {
    const { event, batch } = change;
    this.settleFirst(event);
    const held = this.held.get(event.externalId);
    const isTaken = held ? this.replace(held, change) : this.merge(change);
    if (!isTaken) this.duplicates += 1;
    else if (batch && this.guard.thresholds.has(batch.id)) this.seen.set(batch.id, (this.seen.get(batch.id) ?? 0) + 1);
  }

  /** A decided contribution that still waits comes before what follows it, so that the order of its id is kept. */
  private settleFirst(event: ContributionEvent): void {
    const held = this.held.get(event.externalId);
    if (!held || held.holdState === 'collecting' || held.holdState === 'open') return;
    // Another key's lock is not ours: the settler takes that one first, then the page is read again.
    if (held.event.key !== event.key)
      throw new HubError('HUB_VERSION_CONFLICT', 'A held contribution must be settled first.', { hold: held.holdId });
    this.held.delete(event.externalId);
    settleHeld(this.book, held);
    this.settled.add(event.externalId);
  }

  /** What follows a held contribution takes its place in the hold, whose digest moves by it. */
  private replace(held: HeldContribution, change: IncomingChange): boolean {
    const { event, isBulk, place } = change;
    if (!isNewer(event, held.event)) return false;
    const rules = this.countedRules(change) ?? [];
    this.held.set(event.externalId, {
      ...{ batchId: held.batchId, holdId: held.holdId, holdState: held.holdState, event, rules },
      ...{ isBulk: isBulk || held.isBulk, ...(place && { place }) },
    });
    this.moved.add(event.externalId);
    return true;
  }

  private merge(incoming: IncomingChange): boolean {
    const { event, batch, isBulk, place, round } = incoming;
    const current = this.book.find(event.key, event.system, event.externalId);
    const next = applyContribution(current, event);
    if (next === 'duplicate') return false;
    const trial = this.book.try(event.key, next, causeOf(incoming));
    if (this.isTurn(incoming, trial)) return true;
    const change = { before: trial.before, after: trial.decision.golden };
    const hold = batch && !isFirstObservation(event, current) ? this.holdFor(change, batch, event.observedAt) : null;
    if (hold) {
      const rules = countedRules(change, this.guard.limits);
      this.setAside(hold, { event, isBulk, rules, ...(place && { place }) });
      return true;
    }
    this.book.commit(trial, next, isBulk);
    if (round && trial.decision.kind === 'answer') this.repairs.push(toRepair(event, round, trial.decision.golden));
    return true;
  }

  /** Sets a turn aside. What was judged before it came and is of no round tells of the past. */
  private isTurn({ event, batch, isBulk, place, round }: IncomingChange, { decision, before }: Trial): boolean {
    const { fields, past } = this.guard.turns;
    const versions = past.get(event.key);
    if (!versions || !before || decision.kind !== 'version' || (!batch && !round)) return false;
    const older = versions.filter(({ version }) => version < before.version);
    const turn = findTurn([...older, before], decision.golden, event.system, fields);
    if (!turn) return false;
    const batchId = turnBatch(event);
    this.setAside(
      { id: null, batchId, state: 'open', rule: TURNS },
      { event, isBulk, rules: [TURNS], ...(place && { place }) },
    );
    this.turns.set(event.externalId, turn);
    return true;
  }

  /** The hold in which a change must wait; null when it passes. */
  private holdFor(change: GoldenChange, batch: SourceBatch, at: Instant): UndecidedHold | null {
    const { limits, thresholds, window } = this.guard;
    const limitsOfBatch = thresholds.get(batch.id);
    const counted = limitsOfBatch ? countedRules(change, limits) : [];
    const collects = limitsOfBatch ? suspiciousRules(counted, limitsOfBatch, batch.size).length > 0 : false;
    const rules = harmfulRules(change, limits);
    if (rules.length > 0) {
      const harm: Harm = { rules, at, batchId: batch.id, collects };
      this.harms.push(harm);
      if (window) return window.place(harm);
    }
    return collects ? { id: null, batchId: batch.id, state: 'collecting', rule: '' } : null;
  }

  private setAside(hold: UndecidedHold, what: Pick<HeldContribution, 'event' | 'isBulk' | 'rules' | 'place'>): void {
    const { externalId } = what.event;
    this.held.set(externalId, { ...what, batchId: hold.batchId, holdId: hold.id, holdState: hold.state });
    this.moved.add(externalId);
    this.settled.delete(externalId);
  }

  /** The rules that an event would count against if it were merged now; null for a duplicate. */
  private countedRules(change: IncomingChange): string[] | null {
    const { event } = change;
    const next = applyContribution(this.book.find(event.key, event.system, event.externalId), event);
    if (next === 'duplicate') return null;
    const { before, decision } = this.book.try(event.key, next, causeOf(change));
    return countedRules({ before, after: decision.golden }, this.guard.limits);
  }
}

function causeOf({ event, batch, place, round }: IncomingChange): Cause {
  return { system: event.system, batch: batch?.id ?? round?.id ?? null, place: place ?? null };
}

function causeOfHeld({ event, batchId, place }: HeldContribution): Cause {
  return { system: event.system, batch: batchId, place: place ?? null };
}
