/** What a run did to one key of the source, in the order in which it did it. */
export interface JournalEntry {
  readonly key: string;
  /** Unique per key. */
  readonly value: string;
  /** `unknown`: the commit was sent, but not answered. */
  readonly outcome: 'committed' | 'rolled-back' | 'unknown';
  /** When it ended. */
  readonly atMs?: number;
}

/** A user of the target gave a record a name of its own, which no revision of the source has. */
export interface UserEdit extends JournalEntry {
  readonly name: string;
}

/** Where a record lies on its topic. */
export interface LogPlace {
  readonly partition: number;
  readonly offset: bigint;
}

/** A row that a service appended to its outbox in a transaction that was committed. */
export interface AppendedRow {
  readonly topics: readonly string[];
  readonly key: string;
  /** Rises in commit order per key. */
  readonly sequence: bigint;
  /** Of its value; two events have none in common. */
  readonly digest: string;
}

/** A record of a topic, as bytes. */
export interface PublishedRecord {
  readonly topic: string;
  readonly key: string;
  readonly digest: string;
  readonly place: LogPlace;
}

/** A change event, as it lies on its topic. */
export interface ChangeRecord {
  readonly key: string;
  readonly epoch: number;
  readonly sequence: bigint;
  readonly value: string;
  readonly place: LogPlace;
}

/** A golden record, as it lies on the state or the history topic. */
export interface GoldenRecord {
  readonly key: string;
  readonly version: bigint;
  readonly sequence: bigint;
  readonly value: string;
  readonly place: LogPlace;
}

/** A write of the target, as its audit trigger saw it; values null where there was, or is, no row. */
export interface AuditedWrite {
  readonly key: string;
  readonly op: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly before: string | null;
  readonly after: string | null;
  /** False for the target's own users. */
  readonly byHub: boolean;
  /** Of the source: what the hub's write brought, or left; null where there is no row. */
  readonly revision: number | null;
}

/** Everything that is known of a run once it is quiet; every list in the order in which it happened. */
export interface Evidence {
  readonly journal: readonly JournalEntry[];
  /** Everything that the hub had to publish; null where nobody wrote it down. */
  readonly appended: readonly AppendedRow[] | null;
  /** Everything on the topics below. */
  readonly published: readonly PublishedRecord[];
  /** Change topic of the source. */
  readonly changes: readonly ChangeRecord[];
  /** Change topic of the target. */
  readonly targetChanges: readonly ChangeRecord[];
  /** What users did in the target; the hub writes all else there. */
  readonly userEdits: readonly UserEdit[];
  readonly history: readonly GoldenRecord[];
  readonly state: readonly GoldenRecord[];
  /** Values of the source by key. */
  readonly source: ReadonlyMap<string, string>;
  /** Audit of the target. */
  readonly writes: readonly AuditedWrite[];
  /** Writes by the hub's role in the source, which is in mode observe. */
  readonly sourceWrites: number;
}

/** What a finding breaks. */
export type Fault =
  | 'swapped-order'
  | 'phantom-value'
  | 'went-back'
  | 'change-without-change'
  | 'echo'
  | 'lost-version'
  | 'version-gap'
  | 'not-the-source'
  | 'stale-state'
  | 'doubled-write'
  | 'write-in-observe'
  | 'lost-commit'
  | 'lost-event'
  | 'phantom-event'
  | 'two-partitions'
  | 'lost-edit'
  | 'lowered-write';

/** One broken rule, with the key that shows it. */
export interface Finding {
  readonly fault: Fault;
  readonly key: string;
  readonly detail: string;
}

/** Records by key, each list in its order. */
export function group<T extends { readonly key: string }>(records: readonly T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const record of records) {
    const list = groups.get(record.key);
    if (list) list.push(record);
    else groups.set(record.key, [record]);
  }
  return groups;
}
