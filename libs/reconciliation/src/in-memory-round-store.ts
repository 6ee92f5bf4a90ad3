import type { Entity } from '#contracts';
import { HubError, type Clock, type SystemId } from '#kernel';
import type { RepairHistory } from './judge.js';
import type { RoundStore } from './ports.js';
import type { RoundDifference } from './round-jobs.js';
import {
  isEnded,
  newRound,
  type AuditEntry,
  type DriftOutcome,
  type ItemChange,
  type Round,
  type RoundTransition,
  type ScanNote,
} from './round.js';

/** A drift item with what became of it, and when it was first found and gone. */
export type StoredItem = RoundDifference & {
  readonly outcome: DriftOutcome;
  readonly sinceMs: number;
  readonly fixedMs: number | null;
};

/** A round with its times and items. */
export interface StoredRound {
  round: Round;
  readonly startedMs: number;
  endedMs: number | null;
  scan: ScanNote | null;
  dueAt: number;
  leasedUntil: number;
  owner: string | null;
  repairedAt: number | null;
  items: StoredItem[];
}

const DAY_MS = 24 * 60 * 60_000;

/** The round store in memory, for tests; passes the same contract as the one in PostgreSQL. */
export class InMemoryRoundStore implements RoundStore {
  readonly audit: AuditEntry[] = [];
  private readonly rounds: StoredRound[] = [];

  constructor(private readonly clock: Clock) {}

  async start(
    system: SystemId,
    entity: Entity,
    demanded: boolean,
  ): Promise<{ readonly round: Round; readonly started: boolean }> {
    const open = this.rounds.find(({ round }) => isOf(round, system, entity) && !isEnded(round));
    if (open) return { round: open.round, started: false };
    const round = newRound(`r${this.rounds.length + 1}`, system, entity, demanded);
    const times = { startedMs: this.clock.nowMs(), endedMs: null, dueAt: 0, leasedUntil: 0, repairedAt: null };
    this.rounds.push({ round, ...times, owner: null, scan: null, items: [] });
    return { round, started: true };
  }

  async claimDue(owner: string, ttlMs: number): Promise<Round | null> {
    const now = this.clock.nowMs();
    const due = this.rounds.find(({ round, dueAt, leasedUntil }) => round.step && dueAt <= now && leasedUntil <= now);
    if (!due) return null;
    due.owner = owner;
    due.leasedUntil = now + ttlMs;
    return due.round;
  }

  async renew(roundId: string, owner: string, ttlMs: number): Promise<void> {
    const stored = this.get(roundId);
    if (stored.owner !== owner) throw new HubError('HUB_LEASE_LOST', 'Another driver has the round.', { roundId });
    stored.leasedUntil = this.clock.nowMs() + ttlMs;
  }

  async release(roundId: string, owner: string): Promise<void> {
    const stored = this.get(roundId);
    if (stored.owner === owner) stored.leasedUntil = 0;
  }

  async advance({ round, waitMs, items, audit }: RoundTransition): Promise<void> {
    const stored = this.get(round.id);
    if (stored.round.revision !== round.revision - 1)
      throw new HubError('HUB_LEASE_LOST', 'The round moved on.', { roundId: round.id });
    if (items.kind === 'replace') this.replaceItems(stored, items);
    if (items.kind === 'decide')
      stored.items = stored.items.map((item) => (isRepair(item) ? { ...item, outcome: items.outcome } : item));
    if (items.kind === 'verify') stored.items = stored.items.map((item) => this.verified(item, items));
    if (round.step === 'verify' && stored.round.step === 'commit') stored.repairedAt = this.clock.nowMs();
    if (isEnded(round)) stored.endedMs ??= this.clock.nowMs();
    this.audit.push(...audit);
    Object.assign(stored, { round, dueAt: this.clock.nowMs() + waitMs, leasedUntil: 0, owner: null });
  }

  async getRound(id: string): Promise<Round> {
    return this.get(id).round;
  }

  async findHistory(
    { system, entity, demanded }: Round,
    differences: readonly RoundDifference[],
  ): Promise<RepairHistory> {
    const own = new Set(differences.map((item) => item.externalId));
    const since = this.clock.nowMs() - DAY_MS;
    const items = this.rounds
      .filter(({ round, repairedAt }) => isOf(round, system, entity) && repairedAt !== null && repairedAt > since)
      .filter(({ round }) => round.approvedBy === null)
      .flatMap((stored) => stored.items)
      .filter((item) => !own.has(item.externalId));
    const count = (kind: StoredItem['kind']): number =>
      new Set(items.filter((item) => item.kind === kind).map((item) => item.externalId)).size;
    const last = this.rounds.filter(({ round }) => isOf(round, system, entity) && isEnded(round)).at(-1)?.round;
    const rejected = !demanded && last?.state === 'rejected' ? { digest: last.digest ?? '', round: last.id } : null;
    return { changed: count('changed'), missing: count('missing'), rejected };
  }

  async findConvergeMs(roundId: string): Promise<number[]> {
    return this.get(roundId).items.flatMap(({ sinceMs, fixedMs }) => (fixedMs === null ? [] : [fixedMs - sinceMs]));
  }

  /** All rounds, oldest first. */
  get all(): readonly StoredRound[] {
    return this.rounds;
  }

  /** The drift items of a round. */
  itemsOf(roundId: string): readonly StoredItem[] {
    return this.get(roundId).items;
  }

  private replaceItems(stored: StoredRound, change: Extract<ItemChange, { kind: 'replace' }>): void {
    const { system, entity } = stored.round;
    const before = this.rounds.filter(({ round, scan }) => isOf(round, system, entity) && scan !== null);
    const scanned = before.filter((one) => one !== stored).at(-1);
    const open = [...stored.items, ...(scanned?.items ?? [])].filter(({ outcome }) => outcome !== 'fixed');
    stored.scan = change.scan ?? null;
    stored.items = change.differences.map((item) => {
      const known = open.filter(({ externalId }) => externalId === item.externalId).map(({ sinceMs }) => sinceMs);
      const sinceMs = Math.min(this.clock.nowMs(), ...known);
      return { ...item, outcome: isRepair(item) ? change.outcome : 'found', sinceMs, fixedMs: null };
    });
  }

  private verified(item: StoredItem, { fixed, unfixed }: Extract<ItemChange, { kind: 'verify' }>): StoredItem {
    if (fixed.includes(item.externalId) && item.outcome !== 'fixed')
      return { ...item, outcome: 'fixed', fixedMs: this.clock.nowMs() };
    return unfixed.includes(item.externalId) ? { ...item, outcome: 'unfixed', fixedMs: null } : item;
  }

  private get(roundId: string): StoredRound {
    const stored = this.rounds.find(({ round }) => round.id === roundId);
    if (!stored) throw new HubError('HUB_NOT_FOUND', 'No such round.', { roundId });
    return stored;
  }
}

function isOf(round: Round, system: SystemId, entity: Entity): boolean {
  return round.system === system && round.entity === entity;
}

function isRepair(item: RoundDifference): boolean {
  return item.kind === 'changed' || item.kind === 'missing';
}
