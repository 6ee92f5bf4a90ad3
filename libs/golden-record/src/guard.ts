import { createHash } from 'node:crypto';
import type { ContributionEvent } from '#contracts';
import type { LiveLimits } from '#hub-file';
import type { CanonicalValue, ExternalId } from '#kernel';
import type { Contribution } from './contribution.js';
import type { GoldenRecord } from './golden.js';

/** One limit of the live path: `deletes`, `to-zero:<field>`, `changed-by:<field>` or `changed`. */
export type GuardRule = string;

/** Per rule, how many records of one source batch may count against it. */
export type Thresholds = ReadonlyMap<GuardRule, number>;

/** A rule whose limit a batch exceeds. */
export interface Excess {
  readonly rule: GuardRule;
  readonly count: number;
  readonly limit: number;
}

/** What the golden record was and would be: the guard judges what golden would change, not what a system says. */
export interface GoldenChange {
  readonly before: GoldenRecord | null;
  readonly after: GoldenRecord;
}

/** Identity of one held contribution. */
export interface HeldRef {
  readonly externalId: ExternalId;
  readonly epoch: number;
  readonly sequence: bigint;
}

/** The limits of one batch, for a catalogue of `catalogue` live golden records. Most telling rules first. */
export function toThresholds(limits: LiveLimits, catalogue: number): Thresholds {
  const thresholds = new Map<GuardRule, number>();
  thresholds.set('deletes', Math.max(limits.minDeletes, Math.floor(limits.maxDeleteShare * catalogue)));
  for (const [field, { max }] of Object.entries(limits.toZero)) thresholds.set(`to-zero:${field}`, max);
  for (const [field, { max }] of Object.entries(limits.changedBy)) thresholds.set(`changed-by:${field}`, max);
  thresholds.set('changed', Math.max(limits.minChanged, Math.floor(limits.maxChangedShare * catalogue)));
  return thresholds;
}

/** The size up to which a batch can exceed no limit, whatever the catalogue: such a batch is merged at once. */
export function harmlessSize(limits: LiveLimits): number {
  return Math.min(...toThresholds(limits, 0).values());
}

/**
 * True for a first observation: the first word of this (system, external id), live, with no authored time. It counts
 * against no limit, so that a first import passes.
 */
export function isFirstObservation(event: ContributionEvent, known: Contribution | null): boolean {
  if (known !== null || event.status === 'deleted') return false;
  return Object.values(event.marks).every((mark) => mark.at === null);
}

/** The rules against which a change of the golden record counts. Creates and records never published count nowhere. */
export function countedRules(change: GoldenChange, limits: LiveLimits): GuardRule[] {
  if (!isCounted(change)) return [];
  return change.after.status === 'deleted' ? ['deletes'] : [...harmfulRules(change, limits), 'changed'];
}

/** Whether a rule names a harm: all but `changed`, against which ordinary work counts too. Only these have a window (ADR 0006). */
export function isHarmful(rule: GuardRule): boolean {
  return rule !== 'changed';
}

/** The harmful ones of {@link countedRules}. */
export function harmfulRules(change: GoldenChange, limits: LiveLimits): GuardRule[] {
  if (!isCounted(change)) return [];
  const { before, after } = change;
  if (after.status === 'deleted') return ['deletes'];
  const fields = new Set([...Object.keys(limits.toZero), ...Object.keys(limits.changedBy)]);
  return [...fields].flatMap((field) => fieldRules(field, before.fields[field], after.fields[field], limits));
}

function fieldRules(
  field: string,
  before: CanonicalValue | undefined,
  after: CanonicalValue | undefined,
  limits: LiveLimits,
): GuardRule[] {
  const [from, to] = [toNumber(before), toNumber(after)];
  if (from === null || from === 0 || to === null) return [];
  const percent = limits.changedBy[field]?.percent ?? Infinity;
  const rules: GuardRule[] = [];
  if (limits.toZero[field] && to === 0) rules.push(`to-zero:${field}`);
  if ((Math.abs(to - from) / Math.abs(from)) * 100 > percent) rules.push(`changed-by:${field}`);
  return rules;
}

/** The counted rules that a batch of this size could exceed: what counts against them is set aside until it is whole. */
export function suspiciousRules(counted: readonly GuardRule[], thresholds: Thresholds, size: number): GuardRule[] {
  return counted.filter((rule) => size > (thresholds.get(rule) ?? Infinity));
}

/** The first rule whose limit is exceeded; null lets the batch pass. */
export function findExcess(counts: ReadonlyMap<GuardRule, number>, thresholds: Thresholds): Excess | null {
  for (const [rule, limit] of thresholds) {
    const count = counts.get(rule) ?? 0;
    if (count > limit) return { rule, count, limit };
  }
  return null;
}

/** Digest of what a hold covers. A contribution that moves, comes or goes changes it. */
export function holdDigest(held: readonly HeldRef[]): string {
  const lines = held.map(({ externalId, epoch, sequence }) => JSON.stringify([externalId, epoch, Number(sequence)]));
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex').slice(0, 32);
}

/** One sentence for people: `2000 records would change by more than the limit of 100 (price)`. */
export function describeExcess({ rule, count, limit }: Excess): string {
  const [kind, field] = rule.split(':');
  const what: Readonly<Record<string, string>> = {
    deletes: 'records would be deleted',
    changed: 'records would change',
    'to-zero': `records would get ${field} = 0`,
    'changed-by': `records would get a very different ${field}`,
  };
  return `${count} ${what[kind ?? ''] ?? rule} by one source batch, or by batches close together; the limit is ${limit}.`;
}

function isCounted(change: GoldenChange): change is { readonly before: GoldenRecord; readonly after: GoldenRecord } {
  const { before, after } = change;
  return before !== null && before.version > 0n && before.status === 'live' && after.version !== before.version;
}

/** Only decides whether a limit counts, so the rounding of a double is harmless; the values themselves stay decimals. */
function toNumber(value: CanonicalValue | undefined): number | null {
  return typeof value === 'string' && value !== '' && Number.isFinite(Number(value)) ? Number(value) : null;
}
