import type { ConfirmedEqual, ObjectiveReport, OpenDrift } from '#contracts';
import type { Objective } from '#hub-file';
import { percentileMs } from './converge-times.js';
import type { Converged } from './drift-reads.js';
import { durationText, percentText } from './report-text.js';

/** What a store is measured by. */
export interface Measured {
  /** Of its last complete scan, whenever it was; null where there was none. */
  readonly confirmed: ConfirmedEqual | null;
  /** Repaired within the objective's window. */
  readonly converged: readonly Pick<Converged, 'ms' | 'count'>[];
  readonly open: readonly OpenDrift[];
  readonly nowMs: number;
}

/** A percentage has rounding that must not cost a key. */
const EPSILON = 1e-9;

/** Each part of an objective against what was measured; in the order in which a hub file names them. Pure. */
export function evaluateObjective(objective: Objective, measured: Measured): ObjectiveReport[] {
  return [...confirmedEqual(objective, measured), ...converge(objective, measured), ...openDrift(objective, measured)];
}

/** Whether a scan began within the window; an older one confirms nothing. */
export function confirmedWithin(
  confirmed: ConfirmedEqual | null,
  { withinMs, nowMs }: { readonly withinMs: number; readonly nowMs: number },
): ConfirmedEqual | null {
  return confirmed && Date.parse(confirmed.scannedAt) >= nowMs - withinMs ? confirmed : null;
}

/** When the oldest difference that calls for a repair was found; foreign and undecided records are none. */
export function oldestOpenMs(open: readonly OpenDrift[]): number | null {
  const times = open
    .filter(({ kind }) => kind === 'changed' || kind === 'missing')
    .map(({ oldestAt }) => Date.parse(oldestAt));
  return times.length === 0 ? null : Math.min(...times);
}

function confirmedEqual({ confirmedEqual: target, withinMs }: Objective, measured: Measured): ObjectiveReport[] {
  if (target === null) return [];
  const found = confirmedWithin(measured.confirmed, { withinMs, nowMs: measured.nowMs });
  const budget = found && budgetOf(target, found.keys, found.keys - found.equal);
  return [
    {
      objective: 'confirmedEqual',
      text: `${percentText(target)} of keys confirmed equal within ${durationText(withinMs)}`,
      isMet: budget !== null && budget.used <= budget.allowed,
      ...{ actual: found?.share ?? null, target, budget },
    },
  ];
}

/** Drift that is still open is no part of it: that is what the objective for open drift is for. */
function converge({ converge: wanted, withinMs }: Objective, { converged }: Measured): ObjectiveReport[] {
  if (wanted === null) return [];
  const { share, ms: target } = wanted;
  const count = (groups: Measured['converged']): number => groups.reduce((sum, group) => sum + group.count, 0);
  const slow = count(converged.filter(({ ms }) => ms > target));
  const budget = budgetOf(share, count(converged), slow);
  return [
    {
      objective: 'converge',
      text: `${percentText(share)} of the drift of ${durationText(withinMs)} gone after ${durationText(target)}`,
      isMet: budget.used <= budget.allowed,
      ...{ actual: percentileMs(converged, share), target, budget },
    },
  ];
}

function openDrift({ openDriftMs: target }: Objective, { open, nowMs }: Measured): ObjectiveReport[] {
  if (target === null) return [];
  const oldestMs = oldestOpenMs(open);
  const actual = oldestMs === null ? null : Math.max(0, nowMs - oldestMs);
  const text = `no open drift older than ${durationText(target)}`;
  return [{ objective: 'openDrift', text, isMet: (actual ?? 0) <= target, actual, target, budget: null }];
}

function budgetOf(target: number, of: number, used: number): NonNullable<ObjectiveReport['budget']> {
  return { allowed: Math.floor((1 - target) * of + EPSILON), used, of };
}
