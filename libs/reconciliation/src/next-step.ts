import { backoffMs, HubError } from '#kernel';
import { hasRepairs, type Verdict } from './judge.js';
import type { CommitResult, RoundDifference, ScanSummary, VerifyResult } from './round-jobs.js';
import type { AuditEntry, HoldChange, ItemChange, Round, RoundTransition } from './round.js';

/** What can happen to a round. */
export type RoundEvent =
  | { readonly kind: 'scanned'; readonly summary: ScanSummary; readonly verdict: Verdict }
  | { readonly kind: 'committed'; readonly result: CommitResult }
  | { readonly kind: 'discarded' }
  | { readonly kind: 'verified'; readonly result: VerifyResult }
  /** The step's job threw. */
  | { readonly kind: 'job-failed'; readonly error: HubError }
  | { readonly kind: 'approved'; readonly digest: string; readonly actor: string }
  | { readonly kind: 'rejected'; readonly digest: string; readonly actor: string };

/** The guard's name in the audit. */
export const GUARD = 'guard';

const MAX_REPAIR_ATTEMPTS = 3;
const MAX_JOB_ATTEMPTS = { scan: 5, commit: 60, discard: 5, verify: 60 } as const;
/** With the back-off of half a minute: about an hour for live lag and slow systems. */
const MAX_PENDING_CHECKS = 120;
const MAX_STALE_COMMITS = 5;
const SAMPLES = 5;

/**
 * The round machine: scan → judged → commit | held → approved / rejected → verify, again with back-off → over. Pure, so
 * that a round can be taken up by any process at any step. `random` (0–1) spreads the back-off.
 * @throws HubError HUB_APPROVAL_STALE for a decision on another digest, HUB_INVARIANT_BROKEN for an event out of turn.
 */
export function nextStep(round: Round, event: RoundEvent, random: () => number): RoundTransition {
  switch (event.kind) {
    case 'scanned':
      return afterScan(expectStep(round, 'scan'), event.summary, event.verdict);
    case 'committed':
      return afterCommit(expectStep(round, 'commit'), event.result, random);
    case 'discarded':
      return transition(expectStep(round, 'discard'), { step: null });
    case 'verified':
      return afterVerify(expectStep(round, 'verify'), event.result, random);
    case 'job-failed':
      return afterFailure(round, event.error, random);
    case 'approved':
      return decide(round, event, { state: 'repairing', step: 'commit', approvedBy: event.actor, checks: 0 });
    case 'rejected':
      return decide(round, event, { state: 'rejected', step: 'discard' });
  }
}

function afterScan(before: Round, summary: ScanSummary, verdict: Verdict): RoundTransition {
  const { scanned, changed, missing, foreign, undecided, fields, digest, differences } = summary;
  const counts = { scanned, changed, missing, foreign, undecided, fields, digest };
  const round: Round = { ...before, ...counts, approvedBy: null, attempt: 0, problem: null };
  const found = toItems(summary, 'found');
  switch (verdict.verdict) {
    case 'fail':
      return transition(round, failure(verdict.reason));
    case 'hold':
      return held(round, summary, verdict);
    case 'reject':
      return transition(
        round,
        { state: 'rejected', step: 'discard', problem: verdict.reason },
        { items: toItems(summary, 'rejected'), audit: [entry(GUARD, 'round.rejected', round, { digest })] },
      );
    case 'commit':
      if (!hasRepairs(summary) && differences.every((difference) => difference.kind === 'undecided'))
        return transition(round, { state: 'clean', step: tidying(differences) }, { items: found });
      return transition(round, { state: 'repairing', step: 'commit' }, { items: found });
  }
}

function toItems({ known, evidence, differences }: ScanSummary, outcome: 'found' | 'held' | 'rejected'): ItemChange {
  return { kind: 'replace', differences, outcome, ...(evidence && { scan: { known, ...evidence } }) };
}

function held(round: Round, summary: ScanSummary, verdict: Extract<Verdict, { verdict: 'hold' }>): RoundTransition {
  const { rule, count, limit, reason } = verdict;
  const { digest } = summary;
  const samples = summary.differences
    .filter((difference) => difference.kind === 'changed' || difference.kind === 'missing')
    .slice(0, SAMPLES)
    .map((difference) => difference.key ?? difference.externalId);
  const action = round.holdId === null ? 'hold.opened' : 'hold.reopened';
  return transition(
    round,
    { state: 'held', step: null, approvedBy: null, holdId: round.holdId ?? round.id },
    {
      items: toItems(summary, 'held'),
      hold: { kind: 'open', rule, count, limit, reason, samples, digest },
      audit: [entry(GUARD, action, round, { rule, count: String(count), limit: String(limit), digest })],
    },
  );
}

/** A stale commit wrote nothing: the round is scanned and judged again, and a hold is asked about again. */
function afterCommit(before: Round, result: CommitResult, random: () => number): RoundTransition {
  const round: Round = { ...before, attempt: 0, problem: null };
  if (result.outcome === 'stale') {
    const checks = round.checks + 1;
    if (checks >= MAX_STALE_COMMITS)
      return transition(round, failure('Rows kept moving between scan and commit; nothing was written.'));
    return transition(round, { state: 'scanning', step: 'scan', checks }, { waitMs: backoffMs(checks, random) });
  }
  if (!hasRepairs(round)) return transition(round, { state: 'clean', step: 'discard' });
  return transition(round, { step: 'verify', checks: 0 }, { waitMs: backoffMs(1, random) });
}

function afterVerify(before: Round, result: VerifyResult, random: () => number): RoundTransition {
  const { fixed, pending } = result;
  const unfixed = result.unfixed.map((row) => row.externalId);
  const round: Round = { ...before, fixed: fixed.length, unfixed: unfixed.length, problem: null };
  const items: ItemChange = { kind: 'verify', fixed, unfixed };
  if (pending > 0) {
    const checks = round.checks + 1;
    if (checks < MAX_PENDING_CHECKS) return transition(round, { checks }, { items, waitMs: backoffMs(checks, random) });
    return transition(round, failure(`${pending} records were not settled in time.`), { items });
  }
  if (unfixed.length === 0) return transition(round, { state: 'verified', step: 'discard' }, { items });
  const attempt = round.attempt + 1;
  if (attempt < MAX_REPAIR_ATTEMPTS)
    return transition(round, { attempt }, { items, waitMs: backoffMs(attempt, random, 1_000) });
  const why = result.unfixed[0]?.why ?? '';
  return transition(round, failure(`${unfixed.length} records are not fixed after ${attempt} checks: ${why}`), {
    items,
  });
}

/** Only what may pass by itself is tried again; a tidying job that fails leaves its rows to the next round's scan. */
function afterFailure(round: Round, error: HubError, random: () => number): RoundTransition {
  if (round.step === null) throw outOfTurn(round, 'job-failed');
  const attempt = round.attempt + 1;
  const mayPass = error.disposition === 'retry' || error.disposition === 'reload';
  const problem = `${error.code}: ${error.message}`;
  if (mayPass && attempt < MAX_JOB_ATTEMPTS[round.step])
    return transition(round, { attempt, problem }, { waitMs: backoffMs(attempt, random) });
  if (round.step === 'discard') return transition(round, { step: null });
  return transition(round, failure(problem));
}

function decide(
  round: Round,
  { kind, digest, actor }: Extract<RoundEvent, { kind: 'approved' | 'rejected' }>,
  change: Partial<Round>,
): RoundTransition {
  if (round.state !== 'held' || round.digest !== digest)
    throw new HubError('HUB_APPROVAL_STALE', 'The hold was decided already, or other rows are held now.', {
      holdId: round.holdId,
      state: round.state,
      digest: round.digest,
    });
  return transition(round, change, {
    items: { kind: 'decide', outcome: kind === 'approved' ? 'found' : 'rejected' },
    hold: { kind: 'decide', state: kind, actor },
    audit: [entry(actor, `hold.${kind}`, round, { digest })],
  });
}

/** The host keeps what it set aside until it is told that the round is over. */
function tidying(differences: readonly RoundDifference[]): Round['step'] {
  return differences.length > 0 ? 'discard' : null;
}

/** Ends the round without a proof. */
function failure(problem: string): Partial<Round> {
  return { state: 'failed', step: 'discard', attempt: 0, problem };
}

interface Effects {
  readonly waitMs?: number;
  readonly items?: ItemChange;
  readonly hold?: HoldChange;
  readonly audit?: readonly AuditEntry[];
}

function transition(round: Round, change: Partial<Round>, effects: Effects = {}): RoundTransition {
  return {
    round: { ...round, ...change, revision: round.revision + 1 },
    waitMs: effects.waitMs ?? 0,
    items: effects.items ?? { kind: 'none' },
    hold: effects.hold ?? { kind: 'none' },
    audit: effects.audit ?? [],
  };
}

function entry(actor: string, action: string, round: Round, details: Record<string, string>): AuditEntry {
  return { actor, action, subject: round.id, details: { system: round.system, entity: round.entity, ...details } };
}

function expectStep(round: Round, step: Round['step']): Round {
  if (round.step !== step) throw outOfTurn(round, step);
  return round;
}

function outOfTurn(round: Round, event: string | null): HubError {
  return new HubError('HUB_INVARIANT_BROKEN', 'A round got an event out of turn.', {
    roundId: round.id,
    step: round.step,
    event,
  });
}
