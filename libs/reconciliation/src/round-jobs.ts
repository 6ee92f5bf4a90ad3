import type { Entity } from '#contracts';
import type { SystemId } from '#kernel';

/**
 * Jobs that the reconciler queues and the connector host of one system works on. The host keeps a round's differences
 * in its own database, set aside, until the reconciler says what becomes of them. Every job may run twice.
 */
export type RoundJob =
  /** Scan, compare with the mirror, re-check; set the differences aside under the round's id. */
  | { readonly kind: 'scan'; readonly roundId: string; readonly entity: Entity }
  /** Commit the set-aside differences as observations, so that golden answers and rows become due. */
  | { readonly kind: 'commit'; readonly roundId: string; readonly entity: Entity; readonly digest: string }
  /** Forget them. */
  | { readonly kind: 'discard'; readonly roundId: string; readonly entity: Entity }
  /** Read the records of the round again: which equal their desired state now? */
  | { readonly kind: 'verify'; readonly roundId: string; readonly entity: Entity };

/** One difference that a scan confirmed: the store against its mirror, judged at the applied position. */
export interface RoundDifference {
  readonly externalId: string;
  readonly key: string | null;
  /** `changed` differs from the mirror; `missing` was deleted behind the hub's back; `foreign` is in no golden record; `undecided` kept moving. */
  readonly kind: 'changed' | 'missing' | 'foreign' | 'undecided';
  readonly fields: readonly string[];
  /** What tells the record apart from others, for attribution; absent where the mirror has no golden record of it. */
  readonly facts?: Facts;
}

/** Value by facet of one record: `status`, `writtenBy`, `writtenHour`, `writtenTime`, and categorical fields. */
export type Facts = Readonly<Record<string, string>>;

/** How often the facts of drifting records occur among the records that the hub knows. */
export interface Population {
  /** Live records with a golden record that were looked at. */
  readonly records: number;
  /** Whether they are a random sample of all. */
  readonly isSample: boolean;
  /** Number of them by facet and value; only values that drifting records have. */
  readonly counts: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What a scan knows besides its differences. */
export interface ScanEvidence {
  /** Live records in no difference that do not hold what the hub wants there: due, being written, or parked. */
  readonly unequal: number;
  /** Records that the hub wants there and the system does not have. */
  readonly absent: number;
  /** Null when nothing drifts. */
  readonly population: Population | null;
}

/** What a scan found, for judging. Counts are of records. */
export interface ScanSummary {
  readonly roundId: string;
  readonly entity: Entity;
  /** False when the scan ended early or a page answered an error: nothing may be decided from it. */
  readonly complete: boolean;
  readonly problem: string | null;
  /** Live records that the system holds now. */
  readonly scanned: number;
  /** Live records that the mirror knew before the scan. */
  readonly known: number;
  readonly changed: number;
  readonly missing: number;
  /** Foreign records that the mirror did not know, or knew otherwise; the known ones are in the system's status. */
  readonly foreign: number;
  readonly undecided: number;
  /** Differing records by field. */
  readonly fields: Readonly<Record<string, number>>;
  /**
   * Digest over the set-aside differences and their values, without the round's id: the same differences give the same
   * digest in every round. An approval names it, and what was rejected is not asked about again.
   */
  readonly digest: string;
  readonly differences: readonly RoundDifference[];
  /** Absent when the scan is not complete. */
  readonly evidence?: ScanEvidence;
}

/**
 * What a commit did. `stale` when the set-aside rows no longer have the digest named: nothing was committed, and the
 * round is scanned again. `nothing` when none are set aside: an earlier run of this job committed them.
 */
export interface CommitResult {
  readonly outcome: 'committed' | 'stale' | 'nothing';
  readonly rows: number;
}

/** What a verification saw of all changed and missing records of the round. `pending` rows are not settled yet: verify again later. */
export interface VerifyResult {
  readonly fixed: readonly string[];
  readonly unfixed: readonly { readonly externalId: string; readonly why: string }[];
  readonly pending: number;
}

/** Result of each job kind. */
export interface RoundJobResults {
  readonly scan: ScanSummary;
  readonly commit: CommitResult;
  readonly discard: { readonly rows: number };
  readonly verify: VerifyResult;
}

/** Runs round jobs on the connector host of a system; implemented by the job queue, faked in tests. */
export interface RoundRunner {
  /** @throws HubError HUB_QUEUE_UNREACHABLE, or HUB_SOURCE_UNREACHABLE when the host did not answer within `timeoutMs`. */
  run<K extends RoundJob['kind']>(
    system: SystemId,
    job: Extract<RoundJob, { readonly kind: K }>,
    timeoutMs: number,
  ): Promise<RoundJobResults[K]>;
}

/** The host's side: answers round jobs of its system. */
export type RoundHandler = <K extends RoundJob['kind']>(
  job: Extract<RoundJob, { readonly kind: K }>,
  signal: AbortSignal,
) => Promise<RoundJobResults[K]>;
