import type { Instant, SystemId } from '#kernel';
import type { DriftItem, Hold } from './api.js';
import type { RoundReport } from './api-rounds.js';
import type { Entity } from './generated/entities.js';

/** Which objective: a share of equal records, how soon drift is gone, or how old the oldest drift may be. */
export type ObjectiveName = 'confirmedEqual' | 'converge' | 'openDrift';

/** Drift that the last complete scan of a store left open, by class and what became of it. */
export interface OpenDrift {
  readonly kind: DriftItem['kind'];
  readonly outcome: Exclude<DriftItem['outcome'], 'fixed'>;
  readonly count: number;
  /** When the oldest of them was first found by a scan; it may have been there up to a round earlier. */
  readonly oldestAt: Instant;
}

/** How many keys of a store a complete scan found equal to what the hub wants there. */
export interface ConfirmedEqual {
  /** From 0 to 1; 1 where there is no key. */
  readonly share: number;
  readonly equal: number;
  readonly keys: number;
  /** When the scan began. */
  readonly scannedAt: Instant;
}

/** How long drift took from the scan that first found it to the reading that proved it gone, in milliseconds. */
export interface ConvergeTimes {
  readonly count: number;
  /** Null where nothing was repaired. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
}

/** One objective of the hub file against what was measured. */
export interface ObjectiveReport {
  readonly objective: ObjectiveName;
  /** As the hub file says it: `99.9% of keys confirmed equal within 24h`. */
  readonly text: string;
  readonly isMet: boolean;
  /** A share, or milliseconds; null where nothing was measured. */
  readonly actual: number | null;
  readonly target: number;
  /** How many of `of` events may be bad, and how many are; null for an objective without a budget. */
  readonly budget: { readonly allowed: number; readonly used: number; readonly of: number } | null;
}

/** One entity of one system in a {@link DriftReport}. */
export interface StoreDrift {
  readonly system: SystemId;
  readonly entity: Entity;
  readonly open: readonly OpenDrift[];
  /** Open drift of the last scan beyond the items that a round lists. */
  readonly unlisted: number;
  readonly converge: ConvergeTimes;
  /** Null where no complete scan began within 24 hours. */
  readonly confirmed: ConfirmedEqual | null;
  readonly objectives: readonly ObjectiveReport[];
}

/** What drift has more often than chance explains. */
export interface OverRepresented {
  /** Null where all stores were taken together. */
  readonly system: SystemId | null;
  readonly entity: Entity | null;
  /** `field`, `class`, `system`, `status`, `writtenBy`, `writtenHour`, `writtenTime`, or a categorical field's name. */
  readonly facet: string;
  readonly value: string;
  /** Drifting records with this value, of those of which the facet is known. */
  readonly drift: number;
  readonly driftOf: number;
  readonly driftShare: number;
  /** Share among what it is compared with, from 0 to 1. */
  readonly baseShare: number;
  /** All records, a random sample of them, all fields alike, or the rounds before. */
  readonly base: 'records' | 'sample' | 'fields' | 'earlier';
  /** `driftShare / baseShare`, and what it is at least with 99 % confidence over all values looked at. */
  readonly lift: number;
  readonly liftAtLeast: number;
}

/** `GET /report` of the reconciler. */
export interface DriftReport {
  readonly at: Instant;
  readonly since: Instant;
  readonly stores: readonly StoreDrift[];
  /** Newest first. */
  readonly rounds: readonly RoundReport[];
  /** Rounds of the window that are not listed. */
  readonly roundsLeftOut: number;
  /** Open, or opened in the window; of the reconciler, and of golden where it was asked as well. */
  readonly holds: readonly Hold[];
  /** The most telling first. */
  readonly attribution: readonly OverRepresented[];
}
