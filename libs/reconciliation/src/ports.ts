import type { DriftItem, Entity, Hold, RoundReport } from '#contracts';
import type { Instant, SystemId } from '#kernel';
import type { OutboxMessage } from '#outbox';
import type { RepairHistory } from './judge.js';
import type { RoundDifference } from './round-jobs.js';
import type { AuditEntry, DriftOutcome, Round, RoundTransition } from './round.js';

/** Rounds, their drift, holds and audit. The store is the truth; the job queue only does the work. */
export interface RoundStore {
  /** Starts a round, or returns the open one of this (system, entity): there is never more than one. */
  start(
    system: SystemId,
    entity: Entity,
    demanded: boolean,
  ): Promise<{ readonly round: Round; readonly started: boolean }>;
  /** Leases a round whose next step is due for `ttlMs`; null when none is. An expired lease is taken over. */
  claimDue(owner: string, ttlMs: number): Promise<Round | null>;
  /** @throws HubError HUB_LEASE_LOST when another driver has the round. */
  renew(roundId: string, owner: string, ttlMs: number): Promise<void>;
  /** Gives the lease back without a transition. */
  release(roundId: string, owner: string): Promise<void>;
  /**
   * Stores a transition with its events in one transaction and ends the lease.
   * @throws HubError HUB_LEASE_LOST when the round moved on since `transition` was computed.
   */
  advance(transition: RoundTransition): Promise<void>;
  /** @throws HubError HUB_NOT_FOUND */
  getRound(id: string): Promise<Round>;
  /** How long the repaired drift of a round took from the scan that first found it, in milliseconds each. */
  findConvergeMs(roundId: string): Promise<number[]>;
  /** Repairs of the last 24 hours besides these, for judging. */
  findHistory(round: Round, differences: readonly RoundDifference[]): Promise<RepairHistory>;
}

/** What the HTTP API shows. Newest first. */
export interface RoundReads {
  findReports(limit: number): Promise<RoundReport[]>;
  /** @throws HubError HUB_NOT_FOUND */
  getReport(id: string): Promise<RoundReport>;
  findDrift(roundId: string, limit: number): Promise<DriftItem[]>;
  findHolds(state: Hold['state'] | null, limit: number): Promise<Hold[]>;
  /** @throws HubError HUB_NOT_FOUND */
  getHold(id: string): Promise<Hold>;
}

/** A drift event to be published. */
export interface DriftRecord extends RoundDifference {
  readonly roundId: string;
  readonly system: SystemId;
  readonly entity: Entity;
  readonly outcome: DriftOutcome;
  readonly at: Instant;
}

/** An audit event to be published. */
export interface AuditRecord extends AuditEntry {
  readonly id: string;
  readonly at: Instant;
}

/** Encodes the reconciler's events for `hub.drift.v1` and `hub.audit.v1`. */
export interface RoundEventEncoder {
  encodeDrift(records: readonly DriftRecord[]): Promise<OutboxMessage[]>;
  encodeAudit(records: readonly AuditRecord[]): Promise<OutboxMessage[]>;
}

/** Starts rounds at fixed intervals; implemented by the job queue. */
export interface RoundSchedule {
  /** Replaces the schedule. Each entry fires every `everyMs`, first after `offsetMs`. @throws HubError HUB_QUEUE_UNREACHABLE */
  replace(entries: readonly ScheduleEntry[]): Promise<void>;
}

/** One line of the schedule. */
export interface ScheduleEntry {
  readonly system: SystemId;
  readonly entity: Entity;
  readonly everyMs: number;
  readonly offsetMs: number;
}
