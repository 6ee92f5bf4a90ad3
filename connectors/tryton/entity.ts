import type { RawRecord, SystemValue } from '#connector-sdk';
import type { BusinessKey, Instant } from '#kernel';
import type { TrytonClient } from './client.js';

/** A record as Tryton holds it, flat, before the mapping. */
export interface TrytonRecord {
  readonly externalId: string;
  /** Id in the entity's root model. */
  readonly root: number;
  readonly raw: RawRecord;
  /** Null where Tryton has none, as for stock, which is a sum. */
  readonly version: string | null;
  readonly changedAt: Instant | null;
  /** `_timestamp` by `model,id` of all rows that a write of this record may touch: Tryton's precondition. */
  readonly timestamps: Readonly<Record<string, string>>;
  /** Ids of the rows behind the raw record, for whoever writes it. */
  readonly rows: RecordRows;
}

/** Ids of rows by what they are to the record; null where there is none yet. */
export type RecordRows = Readonly<Record<string, number | null>>;

/** A row that could not be understood. */
export interface UnreadableRow {
  readonly externalId: string;
  readonly reason: string;
}

/** Records read now; ids that do not exist are missing. */
export interface TrytonRecords {
  readonly records: readonly TrytonRecord[];
  readonly unreadable: readonly UnreadableRow[];
  /** Roots that are there, but are no records of the entity. */
  readonly excluded?: readonly number[];
}

/** A model whose rows are part of the entity's records: where a change shows. */
export interface ChangeSource {
  readonly model: string;
  /** Field that leads from a row to its roots: `id`, one that refers to them, or `field.field`. */
  readonly root: string;
  readonly domain: readonly unknown[];
  /** True for the model whose rows are the roots: a first read goes through it alone. */
  readonly isRoot: boolean;
}

/** A model whose deletes take records with them. */
export interface DeleteSource {
  readonly model: string;
  /** Roots that went with these rows, as far as that is known. */
  rootsOf(ids: readonly number[]): Promise<readonly number[]>;
}

/** One call of a write: several writes share it, and fail together. */
export interface WriteCall {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly context: Readonly<Record<string, unknown>>;
}

/** Values of a write in the entity's columns. */
export type ColumnValues = Readonly<Record<string, SystemValue>>;

/** A write with its values, and the record as it is; a create has none. */
export interface PlannedWrite {
  readonly index: number;
  readonly key: BusinessKey;
  readonly values: ColumnValues;
  readonly current: TrytonRecord | null;
}

/** A write, and the record as the calls before left it. */
export interface HalfWritten {
  readonly write: PlannedWrite;
  readonly record: TrytonRecord;
}

/** Part of a write that needs a call after the first one. */
export interface FollowUp {
  /** What it writes, for people. */
  readonly what: string;
  /** Whether the write has such a part at all. */
  concerns(write: PlannedWrite): boolean;
  /** Whether the record does not hold it yet. */
  isDue(half: HalfWritten): boolean;
  toCall(halves: readonly HalfWritten[]): Promise<WriteCall>;
}

/** How records of an entity are written. */
export interface EntityWriter {
  /** Why Tryton can't hold these values, found without asking it; null when it may. */
  findProblem(write: PlannedWrite): Promise<string | null>;
  create(writes: readonly PlannedWrite[]): Promise<WriteCall>;
  update(writes: readonly PlannedWrite[]): Promise<WriteCall>;
  /** One at a time: what a delete takes with it depends on the record. */
  delete(write: PlannedWrite): WriteCall;
  /** Whether each update needs a call of its own. */
  readonly updatesAlone: boolean;
  /** What the first call can't do, in this order; each a transaction of its own. */
  readonly followUps: readonly FollowUp[];
  /** Roots of what a create made, from the call's result, in the order of the writes. */
  rootsOf(result: unknown, writes: readonly PlannedWrite[]): Promise<readonly (number | null)[]>;
}

/** One kind of record in Tryton. */
export interface TrytonEntity {
  readonly rootModel: string;
  /** Columns of the raw record; those that can be written are true. */
  readonly columns: ReadonlyMap<string, boolean>;
  /** Languages, besides the base one, in which it has texts. */
  readonly languages: readonly string[];
  readonly sources: readonly ChangeSource[];
  readonly deletes: readonly DeleteSource[];
  /** Reads these roots now. */
  read(roots: readonly number[]): Promise<TrytonRecords>;
  /** Roots that hold these values in the first column of the key. */
  findRoots(keyValues: readonly string[]): Promise<readonly number[]>;
  /** The root that an external id names; null for a text that is none of ours. */
  rootOf(externalId: string): number | null;
  /** External ids that the roots have, or had before they were deleted. */
  externalIdsOf(roots: readonly number[]): Promise<readonly string[]>;
  /** Null where the hub can't write: then the reason is in `whyReadOnly`. */
  readonly writer: EntityWriter | null;
  readonly whyReadOnly?: string;
}

/** What entities share. */
export interface EntityTools {
  readonly client: TrytonClient;
  /** Tryton's base language: texts in it lie in the record itself. */
  readonly language: string;
  /** Languages that the mapping names besides. */
  readonly languages: readonly string[];
}

/** The preconditions of all rows that some records are made of. */
export function timestampsOfAll(records: readonly (TrytonRecord | null)[]): Readonly<Record<string, string>> {
  return Object.fromEntries(records.flatMap((record) => Object.entries(record?.timestamps ?? {})));
}

const DIGITS = 10;

/** External id of a root: padded, so that the order of bytes is that of numbers. */
export function toExternalId(root: number): string {
  return String(root).padStart(DIGITS, '0');
}

/** The inverse of {@link toExternalId}; null for any other text. */
export function parseExternalId(text: string): number | null {
  return /^\d{10}$/.test(text) ? Number(text) : null;
}
