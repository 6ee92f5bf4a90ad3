import type { Entity, Hold, RoundCounts, RoundReport } from '#contracts';
import type { SystemId } from '#kernel';
import type { RepairRule } from './judge.js';
import type { RoundDifference, RoundJob, ScanEvidence } from './round-jobs.js';

/** State of a round as reported. */
export type RoundState = RoundReport['state'];

/** What became of one drift. */
export type DriftOutcome = 'found' | 'held' | 'fixed' | 'unfixed' | 'rejected';

/** A round as the store keeps it: the truth from which any reconciler goes on. */
export interface Round extends RoundCounts {
  readonly id: string;
  readonly system: SystemId;
  readonly entity: Entity;
  /** A round asked for by a person judges afresh what was rejected before. */
  readonly demanded: boolean;
  readonly state: RoundState;
  /** The job to run next; null while a person is asked, and when the round is over. */
  readonly step: RoundJob['kind'] | null;
  /** Failed tries of this step, and verifications that found something unfixed. */
  readonly attempt: number;
  /** Verifications that found rows not settled yet; before that, commits that found the scan stale. */
  readonly checks: number;
  /** Digest of the differences set aside; a commit names it. */
  readonly digest: string | null;
  /** Who approved the hold; null for a round within the limits. */
  readonly approvedBy: string | null;
  readonly holdId: string | null;
  readonly problem: string | null;
  /** Rises with every transition; guards against two drivers. */
  readonly revision: number;
}

/** What is kept of a complete scan besides its counts and differences. */
export interface ScanNote extends ScanEvidence {
  /** Live records that the mirror knew before the scan. */
  readonly known: number;
}

/** What a transition does to the round's drift items. */
export type ItemChange =
  | { readonly kind: 'none' }
  /** A scan: these are the items now. */
  | {
      readonly kind: 'replace';
      readonly differences: readonly RoundDifference[];
      /** Of those to be repaired; foreign and undecided ones are `found`. */
      readonly outcome: 'found' | 'held' | 'rejected';
      /** What the scan knew besides; absent where its host does not say. */
      readonly scan?: ScanNote;
    }
  /** A decision: items that are to be repaired get this outcome; foreign and undecided ones keep theirs. */
  | { readonly kind: 'decide'; readonly outcome: 'found' | 'rejected' }
  /** A verification; ids in neither list stay as they are. */
  | { readonly kind: 'verify'; readonly fixed: readonly string[]; readonly unfixed: readonly string[] };

/** What a transition does to the round's hold. */
export type HoldChange =
  | { readonly kind: 'none' }
  /** Opens the round's hold, or opens it again with what is held now. */
  | ({ readonly kind: 'open'; readonly rule: RepairRule } & Pick<
      Hold,
      'count' | 'limit' | 'reason' | 'samples' | 'digest'
    >)
  | { readonly kind: 'decide'; readonly state: 'approved' | 'rejected'; readonly actor: string };

/** One act worth keeping: of a person, or of the guard. Details are ids, counts and digests. */
export interface AuditEntry {
  readonly actor: string;
  readonly action: string;
  readonly subject: string;
  readonly details: Readonly<Record<string, string>>;
}

/** Everything that one event does to a round; stored in one transaction. */
export interface RoundTransition {
  readonly round: Round;
  /** The next step runs no sooner than after this time. */
  readonly waitMs: number;
  readonly items: ItemChange;
  readonly hold: HoldChange;
  readonly audit: readonly AuditEntry[];
}

const ENDED: ReadonlySet<RoundState> = new Set(['verified', 'clean', 'failed', 'rejected']);

/** True when nothing more is decided in the round; its last job may still tidy up at the host. */
export function isEnded(round: Pick<Round, 'state'>): boolean {
  return ENDED.has(round.state);
}

/** A round about to scan. */
export function newRound(id: string, system: SystemId, entity: Entity, demanded: boolean): Round {
  return {
    id,
    system,
    entity,
    demanded,
    state: 'scanning',
    step: 'scan',
    attempt: 0,
    checks: 0,
    digest: null,
    approvedBy: null,
    holdId: null,
    scanned: 0,
    changed: 0,
    missing: 0,
    foreign: 0,
    undecided: 0,
    fixed: 0,
    unfixed: 0,
    fields: {},
    problem: null,
    revision: 0,
  };
}
