import type { Entity } from '#contracts';
import { instantOfMs, type Instant, type SystemId } from '#kernel';
import type { Excess, GuardRule, Thresholds } from './guard.js';

/** Whose batches are counted together. */
export interface WindowSource {
  readonly system: SystemId;
  readonly entity: Entity;
}

/** How many contributions, observed at one time, counted against a rule. */
export interface WindowCount {
  readonly rule: GuardRule;
  readonly at: Instant;
  readonly count: number;
  /** The batch of the collecting hold in which they wait; null for what passed or was rejected. */
  readonly waitsWith: string | null;
}

/** A hold on which nobody decided yet. A batch has one at most. */
export interface UndecidedHold {
  /** Null until it is stored. */
  readonly id: string | null;
  readonly batchId: string;
  readonly state: 'collecting' | 'open';
  /** The rule by which it was opened; '' while it collects. */
  readonly rule: GuardRule;
}

/** What is known of a window. */
export interface WindowState {
  readonly counts: readonly WindowCount[];
  readonly holds: readonly UndecidedHold[];
}

/** A contribution that counts against at least one harmful rule. */
export interface Harm {
  readonly rules: readonly GuardRule[];
  /** When it was observed. */
  readonly at: Instant;
  readonly batchId: string;
  /** Its own batch could exceed a limit by itself, and collects. */
  readonly collects: boolean;
}

/** A hold that the window opens. */
export interface Opening {
  readonly batchId: string;
  readonly excess: Excess;
}

/**
 * Lets pass, or finds a hold for, what counts against a harmful rule: of the source batches of one (system, entity) that
 * were observed within one window, no more than the rule's limit passes without a person (ADR 0006). Pure, but it remembers
 * what it placed.
 */
export class GuardWindow {
  private readonly counts = new Map<string, WindowCount & { readonly atMs: number }>();
  private readonly holds: Map<string, UndecidedHold>;
  private readonly excesses = new Map<string, Excess>();
  private readonly joins = new Map<string, number>();
  private readonly passes = new Map<string, Map<GuardRule, number>>();

  constructor(
    state: WindowState,
    private readonly windowMs: number,
    private readonly thresholds: Thresholds,
  ) {
    for (const count of state.counts) this.add(count);
    this.holds = new Map(state.holds.map((hold) => [hold.batchId, hold]));
  }

  /** Per batch, what passed by {@link place}. */
  get passed(): ReadonlyMap<string, ReadonlyMap<GuardRule, number>> {
    return this.passes;
  }

  /** Holds to open, with the count of all that they stand for. */
  get openings(): Opening[] {
    return [...this.excesses].map(([batchId, excess]) => {
      return { batchId, excess: { ...excess, count: excess.count + (this.joins.get(batchId) ?? 0) } };
    });
  }

  /** By id: holds known before that took something in, and how much of it counts against their rule. */
  get joined(): ReadonlyMap<string, number> {
    const known = [...this.joins].filter(([batchId]) => !this.excesses.has(batchId));
    return new Map(
      known.flatMap(([batchId, count]) => {
        const id = this.holds.get(batchId)?.id;
        return id ? [[id, count] as const] : [];
      }),
    );
  }

  /** How many of the window around `at` passed or were rejected. */
  countPassed(rule: GuardRule, at: Instant): number {
    return this.sum(rule, at, (count) => count.waitsWith === null);
  }

  /** The hold with which it waits; null when it may pass. */
  place(harm: Harm): UndecidedHold | null {
    const hold = this.holdFor(harm);
    if (hold) this.join(hold, harm);
    else this.pass(harm);
    return hold;
  }

  private holdFor({ rules, at, batchId, collects }: Harm): UndecidedHold | null {
    const open = [...this.holds.values()].find(({ state, rule }) => state === 'open' && rules.includes(rule));
    if (open) return open;
    const own = this.holds.get(batchId) ?? { id: null, batchId, state: 'collecting', rule: '' };
    if (collects) return own;
    for (const rule of rules) {
      const [count, limit] = [this.sum(rule, at, () => true), this.thresholds.get(rule) ?? Infinity];
      if (count < limit) continue;
      const fullest = this.fullest(rule, at);
      if (!fullest) this.excesses.set(batchId, { rule, count, limit });
      return fullest ?? { ...own, state: 'open', rule };
    }
    return null;
  }

  /** The collecting hold in which most that counts against the rule waits: one judgement decides for both. */
  private fullest(rule: GuardRule, at: Instant): UndecidedHold | null {
    const waiting = [...this.holds.values()].map((hold) => {
      return { hold, count: this.sum(rule, at, ({ waitsWith }) => waitsWith === hold.batchId) };
    });
    const [first] = waiting.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count);
    return first?.hold ?? null;
  }

  private join(hold: UndecidedHold, { rules, at }: Harm): void {
    this.holds.set(hold.batchId, hold);
    const isCounted = hold.state === 'open' && rules.includes(hold.rule);
    this.joins.set(hold.batchId, (this.joins.get(hold.batchId) ?? 0) + (isCounted ? 1 : 0));
    // An open hold counts by its own rule only, and takes all of that in: what else its records did is the same fault.
    if (hold.state === 'open') return;
    for (const rule of rules) this.add({ rule, at, count: 1, waitsWith: hold.batchId });
  }

  private pass({ rules, at, batchId }: Harm): void {
    const passed = this.passes.get(batchId) ?? new Map<GuardRule, number>();
    this.passes.set(batchId, passed);
    for (const rule of rules) {
      passed.set(rule, (passed.get(rule) ?? 0) + 1);
      this.add({ rule, at, count: 1, waitsWith: null });
    }
  }

  private sum(rule: GuardRule, at: Instant, isMeant: (count: WindowCount) => boolean): number {
    const atMs = Date.parse(at);
    let total = 0;
    for (const count of this.counts.values())
      if (count.rule === rule && Math.abs(count.atMs - atMs) < this.windowMs && isMeant(count)) total += count.count;
    return total;
  }

  /** One entry per rule, time and hold: a page of harms looks through few of them. */
  private add(added: WindowCount): void {
    const id = JSON.stringify([added.rule, added.at, added.waitsWith]);
    const count = added.count + (this.counts.get(id)?.count ?? 0);
    this.counts.set(id, { ...added, count, atMs: Date.parse(added.at) });
  }
}

/** What a window around all these times needs to know: from and to, both excluded. */
export function windowBounds(times: readonly Instant[], windowMs: number): readonly [Instant, Instant] {
  const ms = times.map((at) => Date.parse(at));
  return [instantOfMs(Math.min(...ms) - windowMs), instantOfMs(Math.max(...ms) + windowMs)];
}
