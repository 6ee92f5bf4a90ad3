import type { Evidence } from '../history.js';
import type { Complaint } from './world.js';

/** A stretch of time in which a fault was made. */
export interface Active {
  readonly cell: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** The least that shows a finding: what was done to its key, where its records lie, what the target saw, which faults. */
export interface Witness {
  readonly fault: string;
  readonly key: string;
  readonly detail: string;
  readonly operations: readonly string[];
  readonly offsets: Readonly<Record<string, readonly string[]>>;
  readonly writes: readonly string[];
  /** Faults that were made within two seconds of one of the operations. */
  readonly active: readonly string[];
}

const LISTED = 8;
const AROUND_MS = 2_000;

/** Gathers a finding's witness from the evidence. Pure. */
export function witnessOf(finding: Complaint, evidence: Evidence | null, timeline: readonly Active[]): Witness {
  const { fault, key, detail } = finding;
  if (!evidence) return { fault, key, detail, operations: [], offsets: {}, writes: [], active: [] };
  const ofKey = <T extends { readonly key: string }>(all: readonly T[]): T[] =>
    all.filter((one) => one.key === key).slice(-LISTED);
  const operations = [...ofKey(evidence.journal), ...ofKey(evidence.userEdits)];
  const { changes, targetChanges, history, state } = evidence;
  const logs = { changes, 'target changes': targetChanges, history, state };
  const offsets = Object.entries(logs).map(([topic, records]) => [
    topic,
    ofKey<(typeof records)[number]>(records).map(
      ({ place, sequence, value }) => `${place.partition}/${place.offset} #${sequence} ${value}`,
    ),
  ]);
  return {
    ...{ fault, key, detail },
    operations: operations.map(({ value, outcome, atMs = 0 }) => `${timeOf(atMs)} ${outcome} ${value}`),
    offsets: Object.fromEntries(offsets) as Witness['offsets'],
    writes: ofKey(evidence.writes).map(({ op, byHub, after }) => `${byHub ? 'hub' : 'user'} ${op} ${after}`),
    active: timeline
      .filter(({ fromMs, toMs }) =>
        operations.some(({ atMs = 0 }) => atMs > fromMs - AROUND_MS && atMs < toMs + AROUND_MS),
      )
      .map(({ cell, fromMs, toMs }) => `${cell} ${timeOf(fromMs)} to ${timeOf(toMs)}`),
  };
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().slice(11, 23);
}
