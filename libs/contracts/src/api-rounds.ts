import type { Instant, SystemId } from '#kernel';
import type { Entity } from './generated/entities.js';

/** What a reconcile round has counted so far: records, and by field how many differ in it. */
export interface RoundCounts {
  readonly scanned: number;
  readonly changed: number;
  readonly missing: number;
  readonly foreign: number;
  readonly undecided: number;
  readonly fixed: number;
  readonly unfixed: number;
  readonly fields: Readonly<Record<string, number>>;
}

/** State of one reconcile round. */
export interface RoundReport extends RoundCounts {
  readonly id: string;
  readonly system: SystemId;
  readonly entity: Entity;
  readonly state: 'scanning' | 'held' | 'repairing' | 'verified' | 'clean' | 'failed' | 'rejected';
  readonly holdId: string | null;
  readonly problem: string | null;
  readonly startedAt: Instant;
  readonly endedAt: Instant | null;
}
