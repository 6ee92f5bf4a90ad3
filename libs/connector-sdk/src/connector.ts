import type { Entity } from '#contracts';
import type { BusinessKey, CanonicalFields, ExternalId, Instant, RecordStatus } from '#kernel';

/** What a connector can do for its system; the host adapts, the conformance suite checks that it is true. */
export interface Capabilities {
  /** How changes are found: a keyset cursor over (time, id), a feed of files, or only complete scans. */
  readonly changes: 'cursor' | 'feed' | 'scan';
  /** Whether `changes` also tells deletes; without it they are found by complete scans. */
  readonly deleteEvents: boolean;
  /** What makes a write conditional. `none` makes the system `weak`: read, compare, write, read back. */
  readonly precondition: 'version' | 'none';
  /** Whether versions of one record can be ordered (`BigInt(version)`), or only compared for equality. */
  readonly versionOrder: 'numeric' | 'none';
  /** Whether `fetch` finds records by business key; without it the hub makes no unattended creates. */
  readonly searchByKey: boolean;
  /** Whether `digest` works. */
  readonly digest: boolean;
  /** Whether `walk` works. */
  readonly walk?: boolean;
  /** Largest number of records per call. */
  readonly bulkSize: number;
  /** Calls of `apply` side by side for bulk, where the system answers slowly but several at once; one more is kept for live changes. */
  readonly bulkCalls?: number;
  /** After how many milliseconds a write of unknown outcome has landed or never will. */
  readonly landingMs: number;
  /** Pause between polls that found nothing, where a poll costs the system more than it costs the hub. */
  readonly pollPauseMs?: number;
  /** Fields that a create can only set once the record is there, so that one cut short shows what the system fills in. */
  readonly lateFields?: readonly string[];
}

/** A record as the system holds it, translated into canonical fields. */
export interface ObservedRecord {
  readonly externalId: ExternalId;
  readonly key: BusinessKey;
  /** The system's own version of the record (row version, ETag); null where it has none. */
  readonly version: string | null;
  /** The system's own time of the change, UTC; null where it has none. */
  readonly changedAt: Instant | null;
  readonly status: RecordStatus;
  readonly fields: CanonicalFields;
  /** 64-bit digest of the record as the system computes it, 16 hex digits; equal digests mean an equal record. */
  readonly digest: string | null;
}

/** A record that could be read but not mapped. */
export interface RejectedRecord {
  /** External id, line number or whatever names the record to its owner. */
  readonly externalId: string;
  readonly reason: string;
}

/** One page of changes. Committing `cursor` after the page loses nothing: the next page begins there. */
export interface ChangePage {
  readonly records: readonly ObservedRecord[];
  readonly rejected: readonly RejectedRecord[];
  /** Opaque, JSON-serialisable, durable. */
  readonly cursor: string;
  /** False when the source has, for now, nothing more: a bounded read (source batch) ends here. */
  readonly more: boolean;
}

/** A range of external ids, compared as bytes: `from` exclusive, `to` inclusive; null is open. */
export interface KeyRange {
  readonly from: ExternalId | null;
  readonly to: ExternalId | null;
}

/** One page of a scan in byte order of external ids. */
export interface ScanPage {
  readonly records: readonly ObservedRecord[];
  readonly rejected: readonly RejectedRecord[];
  /** Where the next page starts (exclusive); null when the range is complete. */
  readonly next: ExternalId | null;
}

/** One page of a walk over all records, in whatever order the system has. */
export interface WalkPage {
  /** Live ones. Pages may overlap. */
  readonly records: readonly ObservedRecord[];
  readonly rejected: readonly RejectedRecord[];
  /** Where the next page begins: opaque, durable, good in another process. Null after the last page. */
  readonly cursor: string | null;
  /** How many records the system says it has; null where it does not say. */
  readonly total: number | null;
}

/** What reading all records of an entity costs an account, as far as the connector knows. */
export interface ReadCost {
  /** Records per call; null for the page that is asked for. */
  readonly pageSize: number | null;
  /** Calls per second that the account allows for reconciling; null for no limit. */
  readonly callsPerSecond: number | null;
}

/** Digest of all live records of a range, computed inside the system. */
export interface RangeDigest {
  readonly count: number;
  /** XOR and sum (mod 2^64) of the records' digests, 16 hex digits each. */
  readonly xor: string;
  readonly sum: string;
}

/** One live record of a range, with its digest as in {@link ObservedRecord}. */
export interface KeyDigest {
  readonly externalId: string;
  readonly digest: string;
}

/** What the digests of an entity depend on besides its records. */
export interface DigestTraits {
  /** Digests of different versions say nothing about each other. */
  readonly version: string;
  /** Each call costs the system a pass over all its records: everything should be asked for at once. */
  readonly isPass: boolean;
}

/** A write of the hub into the system. It carries only fields that differ and that the system does not own. */
export interface RecordWrite {
  readonly operation: 'create' | 'update' | 'delete';
  /** Null for a create. */
  readonly externalId: ExternalId | null;
  readonly key: BusinessKey;
  /** The version that the write expects to find; null for a create or where the system has no versions. */
  readonly expectedVersion: string | null;
  readonly fields: CanonicalFields;
}

/** What became of one write, in the order of the writes. */
export type WriteOutcome =
  /** Done. `stored` is what the system now returns for the record (its stored form), in full. */
  | { readonly kind: 'applied'; readonly stored: ObservedRecord }
  /** The record already held these values (or was already gone); nothing was written. */
  | { readonly kind: 'unchanged'; readonly stored: ObservedRecord | null }
  /** The precondition failed, or a create found its key taken. `current` is null when the record is gone. */
  | { readonly kind: 'conflict'; readonly current: ObservedRecord | null }
  /** The system refuses these values; trying again does not help. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** No answer: the write may have landed. */
  | { readonly kind: 'unknown'; readonly reason: string };

/** Result of `check`: what was reached, and a clear message for each thing wrong. */
export interface CheckReport {
  readonly reachable: boolean;
  /** Product and version as the system tells it. */
  readonly version: string | null;
  /** True when the credentials allow writing. */
  readonly canWrite: boolean;
  readonly problems: readonly string[];
  /** What this connection can't see or do although nothing is wrong. */
  readonly notes?: readonly string[];
}

/** An entity that this very system holds. */
export interface DiscoveredEntity {
  /** Table, file pattern or resource. */
  readonly name: string;
  readonly fields: readonly { readonly name: string; readonly type: string; readonly nullable: boolean }[];
  readonly approximateCount: number | null;
}

/** Which records to read now. */
export type FetchSelector =
  | { readonly by: 'externalId'; readonly ids: readonly ExternalId[] }
  | { readonly by: 'key'; readonly keys: readonly BusinessKey[] };

/** Records found now, each once, in any order; ids and keys that do not exist are simply missing. */
export interface FetchResult {
  readonly records: readonly ObservedRecord[];
  readonly rejected: readonly RejectedRecord[];
}

/** A request that a system sent to the hub: headers by lower-case name, the body byte for byte. */
export interface IncomingWebhook {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** Records that a webhook names: a hint to read them, never the truth. */
export interface WebhookHint {
  readonly entity: Entity;
  readonly selector: FetchSelector;
}

/**
 * One connection to one system. A connector knows its system and the canonical types, and nothing of Kafka, outbox,
 * mirror, retries or other systems. Every method throws only `HubError`, classified where the foreign error is caught;
 * every method ends within the configured time-out.
 */
export interface Connector {
  /** What this connection can do for an entity (it may depend on the configuration, for example a table without a time column). */
  capabilities(entity: Entity): Capabilities;
  check(): Promise<CheckReport>;
  discover(): Promise<readonly DiscoveredEntity[]>;
  /**
   * Changes after the cursor, oldest first; null starts at the beginning. `limit` is the page size wished for. A connector
   * that can tell throws HUB_SOURCE_RESTORED when the system is in an older state than the one that the cursor belongs to.
   */
  changes(entity: Entity, cursor: string | null, limit: number): Promise<ChangePage>;
  /** Live records of the range in byte order of external ids, after `after` (exclusive). */
  scan(entity: Entity, range: KeyRange, after: ExternalId | null, limit: number): Promise<ScanPage>;
  /**
   * The page of all records at a cursor of an earlier page (null: the first), as it is now. A record that stays is on at
   * least one of the pages, whatever changes meanwhile. For systems that have no byte order of ids, for which `scan` costs
   * more than one pass. Only where `capabilities.walk`.
   * @throws HubError HUB_SCAN_CURSOR_EXPIRED when the system does not take the cursor any more
   */
  walk?(entity: Entity, cursor: string | null): Promise<WalkPage>;
  /** What a walk costs; without it the hub's page size counts, and no limit is known. */
  readCost?(entity: Entity): ReadCost;
  fetch(entity: Entity, selector: FetchSelector): Promise<FetchResult>;
  /** Outcomes in the order of `writes`. One bad record never fails the others. */
  apply(entity: Entity, writes: readonly RecordWrite[]): Promise<readonly WriteOutcome[]>;
  /** One digest per range, in their order. Only where `capabilities.digest`. */
  digest?(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly RangeDigest[]>;
  /** The live records of ranges that do not overlap, in any order. Only where `capabilities.digest`. */
  keyDigests?(entity: Entity, ranges: readonly KeyRange[]): Promise<readonly KeyDigest[]>;
  /** Only where `capabilities.digest`. */
  digestTraits?(entity: Entity): Promise<DigestTraits>;
  /**
   * Verifies a request that claims to be of the system, and says which records to read.
   * @throws HubError HUB_WEBHOOK_REFUSED
   */
  webhook?(request: IncomingWebhook): readonly WebhookHint[];
  close(): Promise<void>;
}
