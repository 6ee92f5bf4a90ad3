import { equalValues } from '#canonical';
import type { CanonicalFields, CanonicalValue, Instant } from '#kernel';
import type { MirrorRow, Observation } from './mirror-row.js';
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

/** What settles it: a person's choice or, where the hub's own database was restored, what it had published itself. */
export type Settlement = Keep | 'topics';

/** What is known of a system, or a connector's own database, that went back in time. */
export interface Restored {
  readonly reason: string;
  readonly since: Instant;
  /** What a person chose, and whether every record has been read again since. */
  readonly keep: Settlement | null;
  readonly isRebased: boolean;
}

/** Remembers in a connector's database that its system went back in time; nothing is written while nobody chose. */
export interface RestoredStore {
  findRestored(): Promise<Restored | null>;
  /** The first reason stays. */
  saveRestored(reason: string): Promise<void>;
  saveKeep(keep: Settlement, actor: string): Promise<void>;
  /** Contributions from now on are of a higher epoch than any before. @returns it */
  raiseEpoch(seen: number): Promise<number>;
  findEpoch(): Promise<number>;
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

/**
 * What a record means after the hub's own database was restored from a backup: its contribution is what the change topic
 * said last. A value that it had published as the system's, or that a golden version since then wanted, was known before the
 * backup was put back; what else the system shows is its own, and new. Pure.
 */
export function resume(
  row: MirrorRow,
  reading: Reading,
  traits: SystemTraits,
  golden: readonly CanonicalFields[],
): Observed {
  const { observation: before, contribution } = row;
  const isKnown = (name: string, value: CanonicalValue): boolean =>
    [contribution?.fields[name]?.value, ...golden.map((fields) => fields[name])].some(
      (known) => known !== undefined && equalValues(known, value),
    );
  const known = Object.fromEntries(Object.entries(reading.fields).filter(([name, value]) => isKnown(name, value)));
  const isKnownStatus = reading.status === contribution?.status || reading.status === row.golden?.status;
  const observation: Observation = {
    ...{ version: null, digest: null },
    status: isKnownStatus ? reading.status : (before?.status ?? 'deleted'),
    fields: { ...before?.fields, ...known },
  };
  return observe({ ...row, observation, intent: null }, reading, traits);
}
