import { equalValues } from '#canonical';
import type { ContributionEvent } from '#contracts';
import type { BusinessKey, CanonicalFields, CanonicalValue, ExternalId, RecordStatus, SystemId } from '#kernel';
import type { GoldenRecord } from './golden.js';

/** What a reconcile round found to differ in one record. */
export interface RoundMark {
  readonly id: string;
  readonly fields: readonly string[];
}

/**
 * What a reconcile round found in one record of a system and golden answered with other values, whereby the system was made
 * equal to golden again: enough to undo it.
 */
export interface Repair {
  readonly roundId: string;
  readonly key: BusinessKey;
  readonly system: SystemId;
  readonly externalId: ExternalId;
  /** Of the contribution by which the round told what it found. */
  readonly epoch: number;
  readonly sequence: bigint;
  /** Of the golden record that answered. */
  readonly version: bigint;
  /** Whether the system had the record. */
  readonly status: RecordStatus;
  /** What the system held, where it differed from golden. */
  readonly found: CanonicalFields;
}

/** The repair that follows from what a round found. Pure. */
export function toRepair(event: ContributionEvent, round: RoundMark, golden: GoldenRecord): Repair {
  const found: Record<string, CanonicalValue> = {};
  for (const name of round.fields) {
    const value = event.fields[name];
    if (value !== undefined && !equalValues(value, golden.fields[name])) found[name] = value;
  }
  const { key, system, externalId, epoch, sequence, status } = event;
  return { roundId: round.id, key, system, externalId, epoch, sequence, version: golden.version, status, found };
}
