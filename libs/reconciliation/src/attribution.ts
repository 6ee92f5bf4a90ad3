import { safeQuantile, wilsonInterval } from './wilson.js';

/** One value of one facet, counted among drift and among what drift is compared with. */
export interface FacetCount {
  readonly facet: string;
  readonly value: string;
  readonly drift: number;
  /** Drifting records of which the facet is known. */
  readonly driftOf: number;
  readonly base: number;
  readonly baseOf: number;
  /** A sample's share is known within a bound only; that of all records exactly. */
  readonly isSample: boolean;
}

/** How much more often drift has a value. */
export interface Lift {
  readonly driftShare: number;
  readonly baseShare: number;
  /** `driftShare / baseShare`: 1 says that drift has the value as often as all records have. */
  readonly lift: number;
  /** The lift is at least this, with the confidence asked for over all values looked at together. */
  readonly liftAtLeast: number;
}

/** How sure a finding must be. */
export interface AttributionRule {
  /** Fewer drifting records of one value are chance or not worth a word. */
  readonly minDrift: number;
  /** Probability that anything is found where drift falls on records at random. */
  readonly falseAlarm: number;
  /** Bound on the lift from which a value is told. */
  readonly minLift: number;
}

/** The rule in force. */
export const ATTRIBUTION_RULE: AttributionRule = { minDrift: 5, falseAlarm: 0.01, minLift: 1.5 };

/**
 * Which values are over-represented among drift, those first that explain most of it. The lift of a value is the ratio
 * of its two shares; its bound is the ratio of the lower Wilson bound of the one and the upper of the other, each at
 * half of the false-alarm rate, divided by the number of values looked at (Bonferroni): on the safe side. Pure; the
 * order of the counts does not matter.
 * @see Brin, Motwani, Ullman, Tsur (1997), Dynamic itemset counting and implication rules for market basket data,
 *   SIGMOD ("interest", now called lift); ADR 24
 */
export function findOverRepresented<C extends FacetCount>(
  counts: readonly C[],
  rule: AttributionRule = ATTRIBUTION_RULE,
): (C & Lift)[] {
  const looked = counts.filter(({ drift }) => drift >= rule.minDrift);
  const z = safeQuantile(rule.falseAlarm / (2 * Math.max(1, looked.length)));
  return looked
    .map((count) => toFinding(count, z))
    .filter(({ liftAtLeast }) => liftAtLeast >= rule.minLift)
    .sort(byWeight);
}

function toFinding<C extends FacetCount>(count: C, z: number): C & Lift {
  const { drift, driftOf, isSample } = count;
  const base = atLeastDrift(count);
  const baseOf = Math.max(count.baseOf, base);
  const driftShare = drift / driftOf;
  const lowest = wilsonInterval(drift, driftOf, z).low;
  // a share of nothing is known within a bound only, also where all records were counted
  const highest = isSample || base === 0 ? wilsonInterval(base, baseOf, z).high : base / baseOf;
  const baseShare = base > 0 ? base / baseOf : highest;
  return { ...count, driftShare, baseShare, lift: driftShare / baseShare, liftAtLeast: lowest / highest };
}

/** Drift is part of all records, also where these were counted a moment before; of a share of drift itself it is not. */
function atLeastDrift({ drift, driftOf, base, baseOf, isSample }: FacetCount): number {
  return isSample || baseOf <= driftOf ? base : Math.max(base, drift);
}

/** By the share of drift beyond what chance explains; ties by name, so that the order is always the same. */
function byWeight(a: FacetCount & Lift, b: FacetCount & Lift): number {
  const beyond = b.driftShare - b.baseShare - (a.driftShare - a.baseShare);
  if (beyond !== 0) return beyond;
  const [one, other] = [`${a.facet}\u0000${a.value}`, `${b.facet}\u0000${b.value}`];
  return one < other ? -1 : Number(one > other);
}
