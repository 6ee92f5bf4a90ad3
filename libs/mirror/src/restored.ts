import type { Instant } from '#kernel';
import type { MirrorRow } from './mirror-row.js';
import {
  closeIntent,
  observe,
  sameObservation,
  toObservation,
  type Observed,
  type Reading,
  type SystemTraits,
} from './observe.js';

/** Whose state counts after a system was restored from a backup. */
export type Keep = 'hub' | 'system';

/** What is known of a system that went back in time. */
export interface Restored {
  readonly reason: string;
  readonly since: Instant;
  /** What a person chose, and whether every record has been read again since. */
  readonly keep: Keep | null;
  readonly isRebased: boolean;
}

/** Remembers in a connector's database that its system went back in time; nothing is written while nobody chose. */
export interface RestoredStore {
  findRestored(): Promise<Restored | null>;
  /** The first reason stays. */
  saveRestored(reason: string): Promise<void>;
  saveKeep(keep: Keep, actor: string): Promise<void>;
  saveRebased(): Promise<void>;
  clearRestored(): Promise<void>;
  /** Rows that are still to be written, or whose write has no known outcome; parked ones do not count. */
  countUnwritten(): Promise<number>;
}

/**
 * What a record of a restored system means for its row. The caller guarantees that the reading is not stale. Pure.
 *
 * `system`: what it shows is authored now, whatever its version. `hub`: it is only where the system stands; what it
 * authored before is kept, so that the row is due wherever the system fell behind.
 */
export function rebase(row: MirrorRow, reading: Reading, traits: SystemTraits, keep: Keep): Observed {
  const before = row.observation;
  if (keep === 'system') {
    const unversioned = before && { ...before, version: null };
    return observe({ ...row, observation: unversioned }, { ...reading, changedAt: null }, traits);
  }
  if (before === null) return observe(row, reading, traits);
  const observation = toObservation(before, reading);
  const closed = closeIntent(row, reading, traits);
  const isSame = row.intent === null && sameObservation(before, observation);
  if (isSame) return { kind: 'unchanged', row };
  // That the system lost what was written is no sign that somebody in it undid it.
  return { kind: 'noted', row: { ...row, observation, ...closed, writtenVersion: null } };
}
