import type { Entity } from '#contracts';
import { HubError, type Clock, type SystemId } from '#kernel';
import type { RepairHistory } from './judge.js';
import type { RoundStore } from './ports.js';
import type { RoundDifference } from './round-jobs.js';
import { isEnded, newRound, type AuditEntry, type DriftOutcome, type Round, type RoundTransition } from './round.js';

/** A drift item with what became of it. */
export type StoredItem = RoundDifference & { readonly outcome: DriftOutcome };

interface StoredRound {
  round: Round;
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
    this.rounds.push({ round, dueAt: 0, leasedUntil: 0, owner: null, repairedAt: null, items: [] });
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
    if (items.kind === 'replace')
      stored.items = items.differences.map((item) => ({ ...item, outcome: isRepair(item) ? items.outcome : 'found' }));
    if (items.kind === 'decide')
      stored.items = stored.items.map((item) => (isRepair(item) ? { ...item, outcome: items.outcome } : item));
    if (items.kind === 'verify') stored.items = stored.items.map((item) => verified(item, items.fixed, items.unfixed));
    if (round.step === 'verify' && stored.round.step === 'commit') stored.repairedAt = this.clock.nowMs();
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

  /** The drift items of a round. */
  itemsOf(roundId: string): readonly StoredItem[] {
    return this.get(roundId).items;
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

function verified(item: StoredItem, fixed: readonly string[], unfixed: readonly string[]): StoredItem {
  if (fixed.includes(item.externalId)) return { ...item, outcome: 'fixed' };
  return unfixed.includes(item.externalId) ? { ...item, outcome: 'unfixed' } : item;
}
