import type { CheckReport, DiscoveredEntity, KeyRange, RangeDigest, RecordWrite, SystemValue } from '#connector-sdk';
import { HubError, type Logger } from '#kernel';
import type { EntityPlan } from './entity-plan.js';

/** A row as the database prints it: every value is text or null. Besides its columns it has those of {@link ROW}. */
export type TextRow = Readonly<Record<string, string | null>>;

/** Names of what every row carries besides its columns; `write` only in the answer to a write. */
export const ROW = { id: '#id', version: '#version', at: '#at', digest: '#digest', write: '#n' } as const;

/** A row's place in (time, id) order, exact: both as the database prints them. */
export interface Position {
  readonly at: string;
  readonly id: string;
}

/** Rows that changed behind the cursor: from a time (the first page) or after a place, up to and including a place. */
export interface Sweep {
  readonly from: string;
  readonly after: Position | null;
  readonly until: Position;
  /** What the sweep before it had seen ({@link SweepStart.seen}); rows committed by then need not be read again. */
  readonly seen: string | null;
}

/** Where and when a sweep begins. */
export interface SweepStart {
  /** The database's time less so many milliseconds, as it prints the time column. */
  readonly time: string;
  /** What is committed by now; null where rows do not name the transaction that wrote them. */
  readonly seen: string | null;
}

/** One write, translated into the table's columns; `index` is its place in the call. */
export interface TableWrite {
  readonly index: number;
  readonly write: RecordWrite;
  readonly values: Readonly<Record<string, SystemValue>>;
}

/** Writes of one kind that set the same columns, and so share a statement. */
export interface WriteGroup {
  readonly operation: RecordWrite['operation'];
  /** Sorted. */
  readonly columns: readonly string[];
  readonly writes: readonly TableWrite[];
}

/** Ids after `after` up to and including `to`; null is open. Compared as bytes. */
export interface IdRange {
  readonly after: string | null;
  readonly to: string | null;
}

/** A row's id and digest, as the database prints them. */
export interface IdDigest {
  readonly externalId: string;
  readonly digest: string;
}

/** Connection settings that both dialects know. */
export interface DatabaseOptions {
  readonly url: string;
  readonly schema: string | undefined;
  readonly statementTimeoutMs: number;
  readonly poolSize: number;
  /** Every connection refuses to write: the promise of mode `observe`. */
  readonly readOnly: boolean;
  readonly applicationName: string;
}

/** Statements on the relation of one entity. Every method may throw a `HubError` HUB_SOURCE_*. */
export interface SqlTable {
  /** Rows whose column prints as one of the texts, each once, in any order. */
  findRows(column: string, texts: readonly string[]): Promise<TextRow[]>;
  /** The first ids of a range, in byte order. */
  findIds(range: IdRange, count: number): Promise<string[]>;
  /** The start of a sweep so many milliseconds back. */
  findSweepStart(ms: number): Promise<SweepStart>;
  /** Rows after a place (null: all) up to the database's present, by (time, id). */
  findChangedAfter(head: Position | null, limit: number): Promise<TextRow[]>;
  /** Rows of a sweep, by (time, id), less those that the sweep before it had seen. */
  findSwept(sweep: Sweep, limit: number): Promise<TextRow[]>;
  /**
   * Digest per segment: segment `n` lies after bound `n - 1` (in byte order), up to and including bound `n`. Segments
   * without a row may be missing; rows outside `range` are in none.
   */
  digestSegments(bounds: readonly string[], range: IdRange): Promise<ReadonlyMap<number, RangeDigest>>;
  /** Ids and digests of the rows of these segments, in any order. */
  findInSegments(bounds: readonly string[], range: IdRange, segments: readonly number[]): Promise<IdDigest[]>;
  /** Ranges by probes of an index in byte order of ids; null where there is none, so that each answer is a pass over the table. */
  probes(): Promise<RangeProbes | null>;
  /**
   * Writes a group compare-and-set by version, and commits: all or nothing. Returns the stored form of the rows that it
   * wrote (of a delete: what it deleted). Rows whose version moved, that are gone, that hold these values already, or
   * (creates) that a unique constraint knows are not returned.
   */
  write(group: WriteGroup): Promise<TextRow[]>;
}

/** What an index in byte order of ids allows: the cost is that of the rows in the ranges. */
export interface RangeProbes {
  /** One digest per range, in their order. */
  digestRanges(ranges: readonly KeyRange[]): Promise<RangeDigest[]>;
  /** Ids and digests of the rows of the ranges, in any order. */
  findDigests(ranges: readonly KeyRange[]): Promise<IdDigest[]>;
}

/** The database of one system, in its dialect. */
export interface SqlDatabase {
  table(plan: EntityPlan): SqlTable;
  /** Whether it is there, with which rights, and everything wrong with the mapped tables. Reads only. */
  check(plans: Iterable<EntityPlan>): Promise<CheckReport>;
  /** Tables and views, with their columns. */
  discover(): Promise<readonly DiscoveredEntity[]>;
  close(): Promise<void>;
}

/** What differs between kinds of databases before one is opened. */
export interface Dialect {
  /** Version of a row where the options name none. */
  readonly defaultVersion: 'xmin' | 'digest';
  /** The rules by which a row is printed and hashed; others say nothing about each other's digests. */
  readonly digestRules: string;
  open(options: DatabaseOptions, logger: Logger): SqlDatabase;
}

/** Whether the error blames the values of a row, so that other rows of the statement may be tried without it. */
export function isRowError(error: unknown): error is HubError {
  return error instanceof HubError && error.details['isRowFault'] === true;
}
