import type { Entity } from '#contracts';
import type { BusinessKey, ExternalId } from '#kernel';
import type { MirrorRow, Observation } from './mirror-row.js';
import type { LockedRow, ReadTicket } from './ports.js';

/** A difference that a reconcile round set aside until it is judged. */
export interface StoredDifference {
  readonly externalId: ExternalId;
  readonly key: BusinessKey | null;
  readonly kind: 'changed' | 'missing' | 'foreign' | 'undecided';
  readonly fields: readonly string[];
  /** Digest of the reading that showed it; empty for a missing record. */
  readonly digest: string;
}

/** What a scan compares a record with: of the row only what it needs, since rows are large and scans read many. */
export interface MirrorEntry {
  readonly row: Pick<MirrorRow, 'externalId' | 'key' | 'observation' | 'parked'>;
  /** Whether golden has told of the record. */
  readonly hasGolden: boolean;
  /** Whether a write is under way. */
  readonly hasIntent: boolean;
  /** Whether observation or intent moved since the ticket. */
  readonly moved: boolean;
  readonly leased: boolean;
  /** Whether the system differs from its desired state, and the hub may write it. */
  readonly isDue: boolean;
}

/** A row of which is also known whether golden has answered all that the system authored; a foreign record gets no answer. */
export interface MergedEntry extends MirrorEntry {
  readonly isMerged: boolean;
}

/** What rows are found by. */
export interface RowNames {
  readonly externalIds: readonly ExternalId[];
  readonly keys: readonly BusinessKey[];
}

/** Count, XOR and sum (16 hex digits) of the mirrored digests of a range. */
export interface MirrorRangeDigest {
  readonly count: number;
  readonly xor: string;
  readonly sum: string;
}

/** A range of external ids in byte order: `from` exclusive, `to` inclusive; null is open. */
export interface MirrorKeyRange {
  readonly from: string | null;
  readonly to: string | null;
}

/** Reads of the mirror for scans and rounds, and the differences that rounds set aside. */
export interface RoundMirror {
  /** Number of live rows of the entity. */
  countLive(entity: Entity): Promise<number>;
  /** Every `step`-th live external id in byte order: boundaries of ranges. */
  findBoundaries(entity: Entity, step: number): Promise<ExternalId[]>;
  /** Rows of a range (live ones) and rows of the external ids, without locking them. */
  findEntries(
    entity: Entity,
    range: MirrorKeyRange | null,
    externalIds: readonly ExternalId[],
    ticket: ReadTicket,
  ): Promise<MirrorEntry[]>;
  /**
   * Readings that say something else than their live mirror row, or have none. Only hashes travel; a reading that says the
   * same in another order of fields is among them.
   */
  findUnequal(
    entity: Entity,
    readings: readonly (Omit<Observation, 'status'> & { readonly externalId: ExternalId })[],
  ): Promise<ReadonlySet<ExternalId>>;
  /** Rows of the keys, without locking them. */
  findRowsByKeys(entity: Entity, keys: readonly BusinessKey[], ticket: ReadTicket): Promise<MergedEntry[]>;
  /** Whole rows of the external ids or keys, each once, without locking them. */
  findWhole(entity: Entity, names: RowNames, ticket: ReadTicket): Promise<LockedRow[]>;
  saveDifferences(roundId: string, entity: Entity, differences: readonly StoredDifference[]): Promise<void>;
  findDifferences(roundId: string, entity: Entity): Promise<StoredDifference[]>;
  deleteDifferences(roundId: string, entity: Entity): Promise<number>;
}

/** A live row with its digest; null where it was never read with one. */
export interface MirrorKeyDigest {
  readonly externalId: string;
  readonly digest: string | null;
}

/** The mirror's digests, for scans of systems that compute them. */
export interface MirrorDigests {
  /** Digests of live rows by range, in the order of the ranges. */
  digestRanges(entity: Entity, ranges: readonly MirrorKeyRange[]): Promise<MirrorRangeDigest[]>;
  /** Live rows of the ranges, in any order. */
  findKeyDigests(entity: Entity, ranges: readonly MirrorKeyRange[]): Promise<MirrorKeyDigest[]>;
  /**
   * Replaces the digests of rows whose record was read as equal since the ticket was drawn, and which did not move since.
   * @returns number of rows replaced
   */
  saveDigests(entity: Entity, digests: readonly MirrorKeyDigest[], ticket: ReadTicket): Promise<number>;
}
