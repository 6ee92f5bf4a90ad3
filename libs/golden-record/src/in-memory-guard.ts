import type { Entity } from '#contracts';
import { HubError, type ExternalId, type Instant, type SystemId } from '#kernel';
import { holdDigest, type GuardRule } from './guard.js';
import type { WindowCount, WindowSource, WindowState } from './guard-window.js';
import type { AuditEntry, GuardBatch, GuardTransaction, HeldContribution, HoldRow } from './ports.js';

/** The guard's tables of the fake. */
export interface GuardState {
  readonly batches: Map<string, GuardBatch & { readonly lastSeenAt: Instant }>;
  readonly holds: Map<string, HoldRow>;
  readonly held: Map<string, HeldContribution>;
  readonly decisions: Map<string, AuditEntry>;
  /** Number of the last hold. */
  readonly numbers: { last: number };
}

/** Empty tables. */
export function newGuardState(): GuardState {
  return { batches: new Map(), holds: new Map(), held: new Map(), decisions: new Map(), numbers: { last: 0 } };
}

const idOf = (entity: Entity, system: SystemId, externalId: ExternalId): string => `${entity}/${system}/${externalId}`;

/** Fake of the guard's part of a golden transaction. */
export class InMemoryGuard implements GuardTransaction {
  constructor(
    private readonly state: GuardState,
    private readonly liveOf: (entity: Entity) => number,
  ) {}

  /** Everything set aside, with the state of its hold as it is now. */
  all(): HeldContribution[] {
    return [...this.state.held.values()].map((held) => {
      return { ...held, holdState: this.state.holds.get(held.holdId ?? '')?.state ?? held.holdState };
    });
  }

  /** All holds in the order of their numbers; undecided ones with digest and samples of now. */
  holds(): HoldRow[] {
    return [...this.state.holds.values()].map((hold) => this.current(hold));
  }

  undecided(): HoldRow[] {
    return this.holds().filter(isUndecided);
  }

  findHeld(entity: Entity, system: SystemId, externalIds: readonly ExternalId[]): Promise<HeldContribution[]> {
    const ids = new Set(externalIds.map((externalId) => idOf(entity, system, externalId)));
    const held = this.all().filter(({ event }) => ids.has(idOf(event.entity, event.system, event.externalId)));
    return Promise.resolve(held);
  }

  findBatches(ids: readonly string[]): Promise<GuardBatch[]> {
    return Promise.resolve(ids.flatMap((id) => this.state.batches.get(id) ?? []));
  }

  countLive(entity: Entity): Promise<number> {
    return Promise.resolve(this.liveOf(entity));
  }

  noteSeen(batch: GuardBatch, at: Instant): Promise<GuardBatch> {
    const known = this.state.batches.get(batch.id);
    const next = known ? { ...known, seen: known.seen + batch.seen } : batch;
    this.state.batches.set(batch.id, { ...next, lastSeenAt: at });
    return Promise.resolve(next);
  }

  async ensureHold(batch: GuardBatch, at: Instant): Promise<HoldRow> {
    const found = await this.findUndecidedHold(batch.id);
    if (found) return found;
    const { system, entity, observedAt } = batch;
    const id = `live-${(this.state.numbers.last += 1)}`;
    const none = {
      rule: '',
      count: 0,
      limit: 0,
      reason: '',
      digest: '',
      samples: [],
      observedAt,
      decidedAt: null,
      decidedBy: null,
    };
    const hold: HoldRow = { id, batchId: batch.id, system, entity, state: 'collecting', openedAt: at, ...none };
    this.state.holds.set(id, hold);
    return hold;
  }

  findUndecidedHold(batchId: string): Promise<HoldRow | null> {
    const found = this.undecided().find((hold) => hold.batchId === batchId);
    return Promise.resolve(found ?? null);
  }

  async hasUndecidedHold(batchId: string): Promise<boolean> {
    return (await this.findUndecidedHold(batchId)) !== null;
  }

  lockWindow(source: WindowSource, from: Instant, to: Instant): Promise<WindowState> {
    const isOfSource = ({ system, entity }: WindowSource): boolean =>
      system === source.system && entity === source.entity;
    const holds = this.undecided().filter(isOfSource);
    const counts = [
      ...[...this.state.batches.values()].filter(isOfSource).flatMap(({ released, observedAt: at }) => {
        return Object.entries(released).map(([rule, count]) => ({ rule, at, count, waitsWith: null }));
      }),
      ...[...this.state.holds.values()].filter(isOfSource).flatMap(({ state, rule, observedAt: at, count }) => {
        return state === 'rejected' ? [{ rule, at, count, waitsWith: null }] : [];
      }),
      ...holds.filter(({ state }) => state === 'collecting').flatMap((hold) => this.waitingOf(hold)),
    ];
    return Promise.resolve({
      counts: counts.filter(({ at }) => at > from && at < to),
      holds: holds.map(({ id, batchId, state, rule }) => {
        return { id, batchId, state: state === 'open' ? state : 'collecting', rule };
      }),
    });
  }

  private waitingOf({ id, batchId }: HoldRow): WindowCount[] {
    const held = this.all().filter(({ holdId }) => holdId === id);
    return held.flatMap(({ rules, event }) => {
      return rules.map((rule) => ({ rule, at: event.observedAt, count: 1, waitsWith: batchId }));
    });
  }

  lockHold(id: string): Promise<HoldRow | null> {
    return Promise.resolve(this.holds().find((hold) => hold.id === id) ?? null);
  }

  lockStaleBatch(before: Instant): Promise<GuardBatch | null> {
    const collecting = new Set(this.holds().flatMap(({ state, batchId }) => (state === 'collecting' ? [batchId] : [])));
    const batches = [...this.state.batches.values()];
    return Promise.resolve(batches.find(({ id, lastSeenAt }) => collecting.has(id) && lastSeenAt < before) ?? null);
  }

  saveHeld(held: readonly HeldContribution[]): Promise<void> {
    for (const one of held) {
      if (one.holdId === null) throw new HubError('HUB_INVARIANT_BROKEN', 'A held contribution has no hold.');
      this.state.held.set(idOf(one.event.entity, one.event.system, one.event.externalId), one);
    }
    return Promise.resolve();
  }

  removeHeld(entity: Entity, system: SystemId, externalIds: readonly ExternalId[]): Promise<void> {
    for (const externalId of externalIds) this.state.held.delete(idOf(entity, system, externalId));
    return Promise.resolve();
  }

  countRules(holdId: string): Promise<ReadonlyMap<GuardRule, number>> {
    const counts = new Map<GuardRule, number>();
    for (const held of this.all().filter((one) => one.holdId === holdId))
      for (const rule of held.rules) counts.set(rule, (counts.get(rule) ?? 0) + 1);
    return Promise.resolve(counts);
  }

  saveHold(hold: HoldRow): Promise<void> {
    this.state.holds.set(hold.id, hold);
    return Promise.resolve();
  }

  recordDecision(entry: AuditEntry): Promise<void> {
    if (!this.state.decisions.has(entry.id)) this.state.decisions.set(entry.id, entry);
    return Promise.resolve();
  }

  addReleased(batches: readonly GuardBatch[], at: Instant): Promise<void> {
    for (const batch of batches) {
      const known = this.state.batches.get(batch.id) ?? { ...batch, released: {}, lastSeenAt: at };
      const released: Record<GuardRule, number> = { ...known.released };
      for (const [rule, count] of Object.entries(batch.released)) released[rule] = (released[rule] ?? 0) + count;
      this.state.batches.set(batch.id, { ...known, released });
    }
    return Promise.resolve();
  }

  findSettled(limit: number): Promise<HeldContribution[]> {
    const decided = this.all().filter(({ holdState }) => holdState !== 'collecting' && holdState !== 'open');
    return Promise.resolve(decided.filter(({ holdId }) => holdId === decided[0]?.holdId).slice(0, limit));
  }

  private current(hold: HoldRow): HoldRow {
    if (!isUndecided(hold)) return hold;
    const held = this.all().filter(({ holdId }) => holdId === hold.id);
    const samples = held
      .map(({ event }) => event.key as string)
      .sort()
      .slice(0, 5);
    return { ...hold, digest: holdDigest(held.map(({ event }) => event)), samples };
  }
}

function isUndecided({ state }: HoldRow): boolean {
  return state === 'open' || state === 'collecting';
}
