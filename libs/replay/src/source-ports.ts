import type { GoldenEvent } from '#contracts';
import type { Contribution } from '#golden-record';
import type { BusinessKey, ExternalId, Instant, SystemId } from '#kernel';
import type { OffsetRange } from './ports.js';

/** What one system says of one record. */
export interface SourceWord {
  readonly system: SystemId;
  readonly externalId: ExternalId;
  readonly key: BusinessKey;
  readonly contribution: Contribution;
}

/** One page of a system's records. */
export interface SourceWords {
  readonly words: readonly SourceWord[];
  /** External ids of records that are there, of which the system says nothing, or nothing that can be read. */
  readonly silent: readonly ExternalId[];
  /** Where the next page begins; null after the last one. */
  readonly next: string | null;
}

/** The systems whose records make the golden records of an entity. */
export interface SourceReader {
  readonly systems: readonly SystemId[];
  /**
   * The page of all records at a cursor of an earlier page (null: the first), as it is now; a record that stays is on at least one.
   * @throws HubError HUB_SCAN_CURSOR_EXPIRED, HUB_SERVICE_UNREACHABLE, what the connector throws
   */
  read(system: SystemId, cursor: string | null): Promise<SourceWords>;
  /** The records of these ids that are there now. */
  fetch(system: SystemId, ids: readonly ExternalId[]): Promise<SourceWords>;
}

/** The topic as it was before the first page of any system was read. */
export interface NotedTopic {
  readonly notedAt: Instant;
  /** By partition: where the seed begins, and the end before which the sources decide; after it the topic does. */
  readonly ranges: ReadonlyMap<number, OffsetRange>;
}

/** How far the scan of one system is. */
export interface SourceScan {
  readonly system: SystemId;
  readonly cursor: string | null;
  readonly isEnded: boolean;
  readonly pages: number;
  /** Records of all pages; each once when it has ended. */
  readonly records: number;
  /** Those of them that say nothing. */
  readonly silent: number;
}

/** How what the sources say differs from the topic at the noted offsets. */
export interface SourceDifferences {
  /** The sources have it, and the topic does not, or as deleted. */
  readonly added: number;
  readonly changed: number;
  /** The topic has it as live, and no source does. */
  readonly removed: number;
  /** The first keys, in byte order. */
  readonly keys: readonly BusinessKey[];
}

/** What is staged of one seed. */
export interface StagedSources {
  readonly noted: NotedTopic;
  readonly scans: readonly SourceScan[];
  /** Null until all is scanned and compared. */
  readonly differences: SourceDifferences | null;
}

/** A record as the sources have it, where that is not what the topic said. It has the sequence that the topic had. */
export interface SourcedRecord {
  readonly partition: number;
  readonly kind: keyof Omit<SourceDifferences, 'keys'>;
  readonly event: GoldenEvent;
}

/** A key at a sequence of the topic; null for an erased one. */
export interface ToldKey {
  readonly key: BusinessKey;
  readonly sequence: bigint | null;
}

/** Keeps what the sources of one seed said, so that a seed which was killed reads no page twice but the one under way. */
export interface SourceStage {
  find(): Promise<StagedSources | null>;
  /** Begins anew: whatever was staged before is gone. */
  begin(noted: NotedTopic): Promise<void>;
  /** Stores a page and moves the cursor to its end in one transaction; nothing where the cursor has moved on from `after`. */
  addPage(system: SystemId, after: string | null, page: SourceWords): Promise<void>;
  /** Forgets the pages of one system. */
  restart(system: SystemId): Promise<void>;
  /** What was said under these keys. */
  findWords(keys: readonly BusinessKey[]): Promise<readonly SourceWord[]>;
  /** Which of these records are there, but say nothing. */
  findSilent(system: SystemId, ids: readonly ExternalId[]): Promise<readonly ExternalId[]>;
  /** Forgets what was compared. */
  beginComparison(): Promise<void>;
  /**
   * In one transaction: what became of keys that the topic tells of, each with its sequence there (null: erased), and of others that
   * only sources tell of. A key that has no record is as the topic says; one that was told at a higher sequence before stays as it is.
   */
  saveCompared(told: readonly ToldKey[], records: readonly SourcedRecord[]): Promise<void>;
  /** Keys after `after`, in byte order, that the sources tell of and the topic never told of. */
  findUntold(after: string, limit: number): Promise<readonly BusinessKey[]>;
  /**
   * Ends the comparison; what the sources said is forgotten but for what differs. Where `judge` throws, nothing has happened.
   * @param sample how many keys to name
   */
  finish(sample: number, judge: (differences: SourceDifferences) => void): Promise<void>;
  /** Records of a partition that differ, after a key, in byte order. */
  findRecords(partition: number, after: string, limit: number): Promise<readonly SourcedRecord[]>;
  /** Which of the keys are records that differ. */
  findDiffering(keys: readonly BusinessKey[]): Promise<ReadonlySet<BusinessKey>>;
}
