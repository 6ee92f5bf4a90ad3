import type { RepairLimits } from '#hub-file';
import type { ScanSummary } from './round-jobs.js';

/**
 * What earlier rounds of the same (system, entity) repaired unattended in the last 24 hours: distinct records, those of
 * the round under judgement left out. Rounds that a person approved do not count: they were decided, not let through.
 */
export interface RepairHistory {
  readonly changed: number;
  readonly missing: number;
  /** The last round, if it was rejected: the same differences are not asked about twice, unless a person starts the round. */
  readonly rejected: { readonly digest: string; readonly round: string } | null;
}

/** Which limit a round met; stable names, shown to people and used in metrics. */
export type RepairRule =
  'changed-share' | 'changed-half' | 'delete-share' | 'delete-fifth' | 'scan-shrank' | 'one-field';

/** What becomes of a round's differences. */
export type Verdict =
  | { readonly verdict: 'commit' }
  | {
      readonly verdict: 'hold';
      readonly rule: RepairRule;
      readonly count: number;
      readonly limit: number;
      readonly reason: string;
    }
  | { readonly verdict: 'reject'; readonly reason: string }
  | { readonly verdict: 'fail'; readonly reason: string };

type Hold = Extract<Verdict, { verdict: 'hold' }>;

const HALF = 0.5;
const FIFTH = 0.2;
const ONE_FIELD_SHARE = 0.9;
const ONE_FIELD_MIN = 50;

/** Judges a scan before anything of it is written (architecture §4.8). Percentages are of the records known before the scan. */
export function judge(summary: ScanSummary, limits: RepairLimits, history: RepairHistory): Verdict {
  if (!summary.complete || summary.problem !== null)
    return { verdict: 'fail', reason: summary.problem ?? 'The scan ended early; nothing was decided from it.' };
  return (
    judgeRejected(summary, history) ??
    judgeShrinking(summary, limits) ??
    judgeDeletes(summary, limits, history) ??
    judgeChanges(summary, limits, history) ??
    judgeOneField(summary) ?? { verdict: 'commit' }
  );
}

/** True when committing the round would change a record's desired or golden state. */
export function hasRepairs(summary: Pick<ScanSummary, 'changed' | 'missing'>): boolean {
  return summary.changed + summary.missing > 0;
}

function judgeRejected(summary: ScanSummary, { rejected }: RepairHistory): Verdict | null {
  if (rejected === null || rejected.digest !== summary.digest || !hasRepairs(summary)) return null;
  return { verdict: 'reject', reason: `The same differences were rejected in round ${rejected.round}.` };
}

/** Small stores may lose the few records that the delete limits allow; otherwise 2 % of 100 would undo 'larger of 0.5 % and 5'. */
function judgeShrinking({ known, scanned }: ScanSummary, limits: RepairLimits): Hold | null {
  const lost = known - scanned;
  const limit = Math.max(limits.maxShrinkShare * known, limits.minDeletes);
  if (lost < limit || lost <= limits.minDeletes) return null;
  const share = percent(limits.maxShrinkShare);
  return hold(
    'scan-shrank',
    lost,
    limit,
    `The scan found ${scanned} records where ${known} were known (limit ${share}).`,
  );
}

function judgeDeletes(summary: ScanSummary, limits: RepairLimits, history: RepairHistory): Hold | null {
  const { known } = summary;
  const count = summary.missing + history.missing;
  if (summary.missing === 0 || count <= 1) return null;
  const what = `${count} of ${known} records are missing (24 h)`;
  if (count > FIFTH * known) return hold('delete-fifth', count, FIFTH * known, `${what}: over a fifth.`);
  const limit = Math.max(limits.maxDeleteShare * known, limits.minDeletes);
  const limitText = `the larger of ${percent(limits.maxDeleteShare)} and ${limits.minDeletes}`;
  return count > limit ? hold('delete-share', count, limit, `${what}: over ${limitText}.`) : null;
}

function judgeChanges(summary: ScanSummary, limits: RepairLimits, history: RepairHistory): Hold | null {
  const { known } = summary;
  const count = summary.changed + history.changed;
  if (summary.changed === 0) return null;
  const what = `${count} of ${known} records changed (24 h)`;
  if (count > HALF * known) return hold('changed-half', count, HALF * known, `${what}: over half.`);
  const limit = Math.max(limits.maxChangedShare * known, limits.minChanged);
  const limitText = `the larger of ${percent(limits.maxChangedShare)} and ${limits.minChanged}`;
  return count > limit ? hold('changed-share', count, limit, `${what}: over ${limitText}.`) : null;
}

/** One field behind nearly all differences smells of a changed schema, unit or mapping, not of damage. */
function judgeOneField({ changed, fields }: ScanSummary): Hold | null {
  if (changed < ONE_FIELD_MIN) return null;
  const [field, count] = Object.entries(fields).sort((a, b) => b[1] - a[1])[0] ?? ['', 0];
  if (count < ONE_FIELD_SHARE * changed) return null;
  const reason = `The field ${field} is behind ${count} of ${changed} differences: a changed unit or mapping?`;
  return hold('one-field', count, ONE_FIELD_SHARE * changed, reason);
}

function hold(rule: RepairRule, count: number, limit: number, reason: string): Hold {
  return { verdict: 'hold', rule, count, limit: Math.floor(limit), reason };
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(3))} %`;
}
